/**
 * Trains the sequence model and writes bundles. Start at {@link dev.millrace.training.TrainingJob}; {@link
 * dev.millrace.training.Trainer} is the learning itself.
 */
@NullMarked
package dev.millrace.training;

import org.jspecify.annotations.NullMarked;
