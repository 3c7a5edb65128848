package dev.millrace.inference.batching;

import dev.millrace.runtime.Configuration;

import java.time.Duration;

/**
 * How calls of many requests share one run of a graph (immutable).
 *
 * @param cores how many runs are under way at once
 * @param budget how long one run may take: batches grow until they reach it
 * @param maxRows the most rows of one batch
 * @param queueRows the most rows that wait; what comes beyond is refused
 */
public record BatchingConfig(int cores, Duration budget, int maxRows, int queueRows) {
    private static final Duration DEFAULT_BUDGET = Duration.ofMillis(5);
    private static final int DEFAULT_MAX_ROWS = 4096;
    private static final int DEFAULT_QUEUE_ROWS = 65_536;
    private static final int LARGEST_CORES = 1024;
    private static final int LARGEST_ROWS = 1 << 20;
    private static final int LARGEST_QUEUE = 1 << 26;

    public BatchingConfig {
        requireWithin("inference.cores", cores, LARGEST_CORES);
        requireWithin("inference.batch-rows", maxRows, LARGEST_ROWS);
        requireWithin("inference.queue-rows", queueRows, LARGEST_QUEUE);
        if (budget.isNegative() || budget.isZero()) {
            throw new IllegalArgumentException("inference.batch-budget is " + budget + "; give more than nothing");
        }
    }

    public static BatchingConfig defaults() {
        return new BatchingConfig(defaultCores(), DEFAULT_BUDGET, DEFAULT_MAX_ROWS, DEFAULT_QUEUE_ROWS);
    }

    public static BatchingConfig from(Configuration configuration) {
        return new BatchingConfig(
                configuration.integer("inference.cores", defaultCores(), 1, LARGEST_CORES),
                configuration.duration(
                        "inference.batch-budget", DEFAULT_BUDGET, Duration.ofNanos(50_000), Duration.ofSeconds(10)),
                configuration.integer("inference.batch-rows", DEFAULT_MAX_ROWS, 1, LARGEST_ROWS),
                configuration.integer("inference.queue-rows", DEFAULT_QUEUE_ROWS, 1, LARGEST_QUEUE));
    }

    private static int defaultCores() {
        return Math.min(LARGEST_CORES, Runtime.getRuntime().availableProcessors());
    }

    private static void requireWithin(String key, int value, int max) {
        if (value < 1 || value > max) {
            throw new IllegalArgumentException(key + " is " + value + "; give 1 to " + max);
        }
    }
}
