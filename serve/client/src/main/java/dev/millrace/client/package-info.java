/** Java client of the public API. */
@NullMarked
package dev.millrace.client;

import org.jspecify.annotations.NullMarked;
