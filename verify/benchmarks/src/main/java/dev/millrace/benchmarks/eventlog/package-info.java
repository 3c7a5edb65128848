/** What the event log costs. Start at {@link dev.millrace.benchmarks.eventlog.EventLogBenchmark}. */
@NullMarked
package dev.millrace.benchmarks.eventlog;

import org.jspecify.annotations.NullMarked;
