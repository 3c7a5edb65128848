/** Runs trained models. Start at {@link dev.millrace.inference.SequenceModel}. */
@NullMarked
package dev.millrace.inference;

import org.jspecify.annotations.NullMarked;
