/** What it costs to encrypt people's values. Start at {@link dev.millrace.benchmarks.personal.PersonalCipherBenchmark}. */
@NullMarked
package dev.millrace.benchmarks.personal;

import org.jspecify.annotations.NullMarked;
