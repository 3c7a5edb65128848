/** How fast what is served follows an audience that changes. Start at {@link dev.millrace.benchmarks.drift.DriftBench}. */
@NullMarked
package dev.millrace.benchmarks.drift;

import org.jspecify.annotations.NullMarked;
