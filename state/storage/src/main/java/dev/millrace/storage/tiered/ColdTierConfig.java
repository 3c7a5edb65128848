package dev.millrace.storage.tiered;

import dev.millrace.storage.cold.ColdReaderConfig;
import dev.millrace.storage.cold.ColdStore;

import java.time.Duration;

/**
 * Where segments go that leave the disk, and when.
 *
 * @param store whoever opened it closes it after the tiered store
 * @param olderThan a segment that was begun so long ago goes
 * @param localBytes while sealed segments take more than this on disk, the oldest go, whatever their age
 * @param reader how rows are read from there
 */
public record ColdTierConfig(ColdStore store, Duration olderThan, long localBytes, ColdReaderConfig reader) {
    private static final Duration NEVER = Duration.ofDays(1_000_000);

    public ColdTierConfig {
        if (olderThan.isNegative() || localBytes < 0) {
            throw new IllegalArgumentException(
                    "olderThan " + olderThan + " and localBytes " + localBytes + " must not be negative");
        }
    }

    /** Segments go when they are a week old. */
    public static ColdTierConfig of(ColdStore store) {
        return new ColdTierConfig(store, Duration.ofDays(7), Long.MAX_VALUE, ColdReaderConfig.defaults());
    }

    /** Nothing goes there; what is there is read. */
    public static ColdTierConfig readOnly(ColdStore store) {
        return of(store).withOlderThan(NEVER);
    }

    public ColdTierConfig withOlderThan(Duration other) {
        return new ColdTierConfig(store, other, localBytes, reader);
    }

    public ColdTierConfig withLocalBytes(long other) {
        return new ColdTierConfig(store, olderThan, other, reader);
    }

    public ColdTierConfig withReader(ColdReaderConfig other) {
        return new ColdTierConfig(store, olderThan, localBytes, other);
    }
}
