/** What one model call costs. Start at {@link dev.millrace.benchmarks.inference.SequenceModelBenchmark}. */
@NullMarked
package dev.millrace.benchmarks.inference;

import org.jspecify.annotations.NullMarked;
