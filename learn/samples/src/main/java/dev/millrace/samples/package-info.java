/** Turns the log into point-in-time training rows. Start at {@link dev.millrace.samples.SequenceSampler}. */
@NullMarked
package dev.millrace.samples;

import org.jspecify.annotations.NullMarked;
