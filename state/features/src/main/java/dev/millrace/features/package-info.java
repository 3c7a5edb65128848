/** One definition per feature: schema, update from event, point-in-time read. */
@NullMarked
package dev.millrace.features;

import org.jspecify.annotations.NullMarked;
