package dev.millrace.storage.cold;

import java.util.concurrent.atomic.AtomicLongArray;
import java.util.concurrent.atomic.LongAccumulator;

/**
 * Counts durations in buckets that are an eighth of a power of two wide, so that a percentile is at most 12.5 % above the
 * true one. Thread-safe.
 */
final class LatencyHistogram {
    private static final int BITS = 3;
    private static final int SUB_BUCKETS = 1 << BITS;

    private final AtomicLongArray counts = new AtomicLongArray((Long.SIZE - BITS) * SUB_BUCKETS);
    private final LongAccumulator longest = new LongAccumulator(Math::max, 0);

    void record(long nanos) {
        long value = Math.max(0, nanos);
        counts.incrementAndGet(bucketOf(value));
        longest.accumulate(value);
    }

    Latencies latencies() {
        long[] seen = new long[counts.length()];
        long total = 0;
        for (int i = 0; i < seen.length; i++) {
            seen[i] = counts.get(i);
            total += seen[i];
        }
        return new Latencies(
                total,
                percentile(seen, total, 0.5),
                percentile(seen, total, 0.99),
                percentile(seen, total, 0.999),
                longest.get());
    }

    /** Values below eight have a bucket each; above, the leading bit and the three behind it name the bucket. */
    private static int bucketOf(long value) {
        if (value < SUB_BUCKETS) {
            return (int) value;
        }
        int exponent = Long.SIZE - 1 - Long.numberOfLeadingZeros(value);
        return (exponent - BITS + 1) * SUB_BUCKETS + (int) (value >>> (exponent - BITS)) - SUB_BUCKETS;
    }

    private static long upperEnd(int bucket) {
        if (bucket < SUB_BUCKETS) {
            return bucket;
        }
        int shift = bucket / SUB_BUCKETS - 1;
        return ((long) (bucket % SUB_BUCKETS + SUB_BUCKETS + 1) << shift) - 1;
    }

    private long percentile(long[] seen, long total, double share) {
        long wanted = (long) Math.ceil(share * total);
        long sum = 0;
        for (int i = 0; i < seen.length; i++) {
            sum += seen[i];
            if (sum >= wanted && sum > 0) {
                return Math.min(upperEnd(i), longest.get());
            }
        }
        return 0;
    }
}
