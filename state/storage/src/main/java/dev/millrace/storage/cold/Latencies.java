package dev.millrace.storage.cold;

/** How long something took, in nanoseconds. The percentiles are at most 12.5 % too high; all are 0 when nothing was counted. */
public record Latencies(long count, long p50Nanos, long p99Nanos, long p999Nanos, long maxNanos) {}
