package dev.millrace.storage.tiered;

import dev.millrace.storage.personal.KeyTable;
import dev.millrace.storage.segment.StoreLogConfig;
import org.jspecify.annotations.Nullable;

import java.time.Duration;

/**
 * How a store works.
 *
 * @param dramBytes what all tables together may take; {@link TieredStore#create} refuses a table beyond it
 * @param checkpointBytes index files are written when so much was written since the last, and four times what the indexes take; in
 *     between, what has changed is added to the checkpoint after a quarter of this, and 64 MB at most
 * @param packBelow the agent packs the emptiest segments when of all records less than this share are the newest of their key, and
 *     those that are not take more than four full segments;
 *     who asks for packing has each segment packed of which that is true
 * @param preTouch which tables get the memory of their budgets ahead
 * @param skipDamage whether the store opens without what is damaged; else it refuses, naming file and byte
 * @param keys of the people whose rows personal tables have; without them there are no such tables. Whoever opened it closes it
 *     after the store
 * @param cold where segments go that are to leave the disk; nothing where all stay
 * @param closeLimit how long closing waits for its checkpoint; without it, the next start reads more of the log
 */
public record StoreConfig(
        StoreLogConfig log,
        long dramBytes,
        long checkpointBytes,
        double packBelow,
        PreTouch preTouch,
        boolean skipDamage,
        @Nullable KeyTable keys,
        @Nullable ColdTierConfig cold,
        Duration closeLimit) {
    public StoreConfig {
        if (dramBytes < 1 || checkpointBytes < 1 || packBelow < 0 || packBelow > 1) {
            throw new IllegalArgumentException("dramBytes " + dramBytes + " and checkpointBytes " + checkpointBytes
                    + " must be at least 1, packBelow " + packBelow + " 0 to 1");
        }
    }

    public static StoreConfig defaults() {
        return new StoreConfig(
                StoreLogConfig.defaults(),
                Long.MAX_VALUE,
                256L << 20,
                0.5,
                PreTouch.PINNED,
                false,
                null,
                null,
                Duration.ofMinutes(1));
    }

    public StoreConfig withLog(StoreLogConfig other) {
        return new StoreConfig(
                other, dramBytes, checkpointBytes, packBelow, preTouch, skipDamage, keys, cold, closeLimit);
    }

    public StoreConfig withDramBytes(long other) {
        return new StoreConfig(log, other, checkpointBytes, packBelow, preTouch, skipDamage, keys, cold, closeLimit);
    }

    public StoreConfig withCheckpointBytes(long other) {
        return new StoreConfig(log, dramBytes, other, packBelow, preTouch, skipDamage, keys, cold, closeLimit);
    }

    public StoreConfig withPreTouch(PreTouch other) {
        return new StoreConfig(log, dramBytes, checkpointBytes, packBelow, other, skipDamage, keys, cold, closeLimit);
    }

    public StoreConfig withSkipDamage(boolean other) {
        return new StoreConfig(log, dramBytes, checkpointBytes, packBelow, preTouch, other, keys, cold, closeLimit);
    }

    public StoreConfig withKeys(KeyTable other) {
        return new StoreConfig(
                log, dramBytes, checkpointBytes, packBelow, preTouch, skipDamage, other, cold, closeLimit);
    }

    public StoreConfig withCold(ColdTierConfig other) {
        return new StoreConfig(
                log, dramBytes, checkpointBytes, packBelow, preTouch, skipDamage, keys, other, closeLimit);
    }

    public StoreConfig withCloseLimit(Duration other) {
        return new StoreConfig(log, dramBytes, checkpointBytes, packBelow, preTouch, skipDamage, keys, cold, other);
    }
}
