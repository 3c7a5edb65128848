/** Trains the sequence model and writes bundles. */
@NullMarked
package dev.millrace.training;

import org.jspecify.annotations.NullMarked;
