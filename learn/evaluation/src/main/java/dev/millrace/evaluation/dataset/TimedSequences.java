package dev.millrace.evaluation.dataset;

import dev.millrace.samples.SequenceDataset;

/**
 * Sequences with the time of each action. Immutable by convention.
 *
 * @param times of the same lengths as the sequences; seconds, milliseconds or whatever the data counts in
 */
@SuppressWarnings("ArrayRecordComponent") // large, and never compared
public record TimedSequences(SequenceDataset dataset, long[][] times) {}
