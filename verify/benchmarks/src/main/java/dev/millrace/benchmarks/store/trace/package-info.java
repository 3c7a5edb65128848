/** Hit ratios of eviction policies on recorded accesses. Start at {@code TraceReplay}. */
@NullMarked
package dev.millrace.benchmarks.store.trace;

import org.jspecify.annotations.NullMarked;
