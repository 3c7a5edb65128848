/** A load generator that does not flatter: open loop, latency from the intended start. Start at {@link dev.millrace.benchmarks.load.OpenLoopLoad}. */
@NullMarked
package dev.millrace.benchmarks.load;

import org.jspecify.annotations.NullMarked;
