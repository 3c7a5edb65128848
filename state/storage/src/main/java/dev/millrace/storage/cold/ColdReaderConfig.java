package dev.millrace.storage.cold;

import dev.millrace.model.InvalidValueException;

import java.time.Duration;

/**
 * How the cold tier is read.
 *
 * @param cacheBytes what blocks, footers and fetches under way may take together; 1 to 2^40
 * @param readTimeout the longest that a read waits, whatever its deadline
 * @param fetchTimeout the longest that a fetch takes; longer than a read waits, so that late content is still cached
 * @param slowAfter from when a fetch that succeeds counts as bad all the same
 * @param retryAfter how long what is missing or damaged is not asked for again
 * @param concurrentFetches requests put to the store at once, 1 to 1,024
 * @param waitingFetches requests that may wait for their turn; more are refused, 0 to 1,000,000
 */
public record ColdReaderConfig(
        long cacheBytes,
        Duration readTimeout,
        Duration fetchTimeout,
        Duration slowAfter,
        Duration retryAfter,
        int concurrentFetches,
        int waitingFetches) {
    /** The pause after the store was given up, and the longest one. */
    static final Duration FIRST_PAUSE = Duration.ofSeconds(1);

    static final Duration LONGEST_PAUSE = Duration.ofSeconds(30);

    public ColdReaderConfig {
        check("cacheBytes", cacheBytes, 1, 1L << 40);
        check("concurrentFetches", concurrentFetches, 1, 1_024);
        check("waitingFetches", waitingFetches, 0, 1_000_000);
        checkPositive("readTimeout", readTimeout);
        checkPositive("fetchTimeout", fetchTimeout);
        checkPositive("slowAfter", slowAfter);
        checkPositive("retryAfter", retryAfter);
    }

    /** 256 MB; a read waits 50 ms, a fetch 2 s; slower than 500 ms is bad; 32 fetches at once. */
    public static ColdReaderConfig defaults() {
        return new ColdReaderConfig(
                256L << 20,
                Duration.ofMillis(50),
                Duration.ofSeconds(2),
                Duration.ofMillis(500),
                Duration.ofSeconds(5),
                32,
                1_024);
    }

    /** For those who wait for no answer, and want the content: a read waits half a minute, and nothing counts as slow before. */
    public static ColdReaderConfig patient() {
        return new ColdReaderConfig(
                256L << 20,
                Duration.ofSeconds(30),
                Duration.ofSeconds(60),
                Duration.ofSeconds(30),
                Duration.ofSeconds(1),
                32,
                1_024);
    }

    private static void check(String field, long value, long least, long most) {
        if (value < least || value > most) {
            throw new InvalidValueException(field, value + " must be from " + least + " to " + most);
        }
    }

    private static void checkPositive(String field, Duration duration) {
        if (duration.isNegative() || duration.isZero()) {
            throw new InvalidValueException(field, duration + " must be longer than nothing");
        }
    }
}
