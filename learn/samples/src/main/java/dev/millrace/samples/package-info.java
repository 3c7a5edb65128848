/** Turns the log into point-in-time training rows. */
@NullMarked
package dev.millrace.samples;

import org.jspecify.annotations.NullMarked;
