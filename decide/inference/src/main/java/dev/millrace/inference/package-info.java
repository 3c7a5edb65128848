/** Loads, warms and runs models. */
@NullMarked
package dev.millrace.inference;

import org.jspecify.annotations.NullMarked;
