/** The serving benchmark: a large made-up world, a server in a process of its own, open-loop load. Start at {@link dev.millrace.benchmarks.serve.ServeBench}. */
@NullMarked
package dev.millrace.benchmarks.serve;

import org.jspecify.annotations.NullMarked;
