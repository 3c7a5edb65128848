/** The store benchmark: Millrace's store beside others, each in processes of its own. Start at {@code StoreBench}. */
@NullMarked
package dev.millrace.benchmarks.store;

import org.jspecify.annotations.NullMarked;
