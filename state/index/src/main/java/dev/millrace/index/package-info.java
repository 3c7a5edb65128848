/** Vector, inverted and popularity indexes: build, update live, search. */
@NullMarked
package dev.millrace.index;

import org.jspecify.annotations.NullMarked;
