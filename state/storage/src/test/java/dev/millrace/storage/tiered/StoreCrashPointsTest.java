package dev.millrace.storage.tiered;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.millrace.model.ErrorCode;
import dev.millrace.model.MillraceException;
import dev.millrace.storage.segment.StoreLogConfig;
import dev.millrace.storage.together.KeySets;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.Set;

/** Ends the store at every single call to the disk, by turns, and a disk that is full. */
class StoreCrashPointsTest {
    /** A disk that is off is waited for as one that is full. */
    private static final StoreConfig CONFIG = StoreConfig.defaults()
            .withLog(new StoreLogConfig(128 << 10, 64 << 10, Duration.ZERO, Duration.ofMillis(300)))
            .withCheckpointBytes(1L << 40);

    private static final StoreConfig PATIENT =
            CONFIG.withLog(new StoreLogConfig(128 << 10, 64 << 10, Duration.ZERO, Duration.ofMinutes(1)));
    private static final TableSpec ROWS = TableSpec.tiered("rows", 256, 10_000, 50 * 300);
    /** Values up to 3,856 bytes; room for some dozens. */
    private static final TableSpec VALUES = TableSpec.values("values", 4_000, 10_000, 120_000);

    private static final int KEYS = 200;

    /** What a test writes: rows of one size, or values of many. */
    private enum Kind {
        ROWS,
        VALUES
    }

    private static void put(TieredStore store, Kind kind, int key, int version) {
        switch (kind) {
            case ROWS -> store.table("rows").put(key, StoreFixture.row(key, version, 32), 0);
            case VALUES -> StoreFixture.putValue(store.values("values"), key, version);
        }
    }

    private static void remove(TieredStore store, Kind kind, int key) {
        boolean ignored = switch (kind) {
            case ROWS -> store.table("rows").remove(key);
            case VALUES -> store.values("values").remove(key);
        };
    }

    private static int version(TieredStore store, Kind kind, int key) {
        return switch (kind) {
            case ROWS -> StoreFixture.version(store.table("rows"), key);
            case VALUES -> StoreFixture.valueVersion(store.values("values"), key);
        };
    }

    @TempDir
    private Path directory;

    /** What may be read of a key after a crash: what was acknowledged last, or anything that was tried since. */
    private static final class Model {
        final Map<Integer, Set<Integer>> possible = new HashMap<>();

        void tried(int key, int version) {
            possible.computeIfAbsent(key, k -> new HashSet<>(Set.of(-1))).add(version);
        }

        void acknowledged(Map<Integer, Integer> newest) {
            newest.forEach((key, version) -> possible.put(key, new HashSet<>(Set.of(version))));
            newest.clear();
        }
    }

    @ParameterizedTest
    @EnumSource
    void store_endedAtEachCallToTheDisk_keepsWhatWasAcknowledged(Kind kind) throws IOException {
        long seed = System.nanoTime();
        CrashingFiles counting = new CrashingFiles(Long.MAX_VALUE, new Random(seed));
        run(directory.resolve("counting"), PATIENT, counting, kind, new Model(), seed);
        long calls = counting.calls();
        assertTrue(calls > 60, "only " + calls + " calls");
        for (long crashAt = 1; crashAt <= calls; crashAt++) {
            Path at = directory.resolve("crash" + crashAt);
            Model model = new Model();
            run(at, CONFIG, new CrashingFiles(crashAt, new Random(seed + crashAt)), kind, model, seed);
            String where = "seed " + seed + ", ended at call " + crashAt;
            try (TieredStore store = TieredStore.open(at, PATIENT, List.of(ROWS, VALUES))) {
                model.possible.forEach((key, versions) -> {
                    int version = version(store, kind, key);
                    assertTrue(
                            versions.contains(version),
                            () -> where + ": key " + key + " has version " + version + ", not one of " + versions);
                });
                put(store, kind, 1, 77);
                store.awaitDurable(store.position());
            } catch (MillraceException | IOException e) {
                throw new AssertionError(where, e);
            }
            try (TieredStore store = TieredStore.open(at, PATIENT, List.of())) {
                assertEquals(77, version(store, kind, 1), where);
            }
        }
    }

    /** Writes, removes, adds to checkpoints, makes them and packs until the end or the disk's. */
    private static void run(Path at, StoreConfig config, CrashingFiles disk, Kind kind, Model model, long seed)
            throws IOException {
        TieredStore store = null;
        try {
            store = TieredStore.open(
                    at, CONFIG, List.of(ROWS, VALUES), new TieredStore.Surroundings(disk, () -> 1_000));
            Random random = new Random(seed);
            Map<Integer, Integer> newest = new HashMap<>();
            // Values fill more groups than rows do.
            int steps = kind == Kind.ROWS ? 24 : 12;
            for (int step = 1; step <= steps; step++) {
                for (int i = 0; i < 60; i++) {
                    write(store, kind, model, newest, random, step * 1_000 + i);
                }
                store.awaitDurable(store.position());
                model.acknowledged(newest);
                if (step % 6 == 4) {
                    boolean ignored = store.increment();
                }
                if (step % 5 == 0) {
                    store.checkpoint();
                }
                if (step % 8 == 0) {
                    store.pack();
                }
                if (step % 8 == 6) {
                    store.packTogether(Map.of(kind == Kind.ROWS ? "rows" : "values", together(random)));
                }
            }
        } catch (MillraceException | IOException e) {
            // A machine that has much else to do is slower than that; then the run ends where it is.
            assertTrue(disk.hasCrashed() || String.valueOf(e.getMessage()).contains("(slow)"), e.toString());
        } finally {
            if (store != null) {
                store.abandon();
            }
        }
    }

    private static KeySets together(Random random) {
        KeySets.Builder sets = new KeySets.Builder();
        for (int set = 0; set < 30; set++) {
            sets.add(random.longs(6, 0, KEYS).toArray(), 6);
        }
        return sets.build();
    }

    private static void write(
            TieredStore store, Kind kind, Model model, Map<Integer, Integer> newest, Random random, int version) {
        int key = random.nextInt(KEYS);
        if (random.nextInt(6) == 0) {
            model.tried(key, -1);
            newest.put(key, -1);
            remove(store, kind, key);
        } else {
            model.tried(key, version);
            newest.put(key, version);
            put(store, kind, key, version);
        }
    }

    @Test
    void disk_fullForAWhile_holdsWritersUpAndLosesNothing() throws IOException {
        CrashingFiles disk = new CrashingFiles(Long.MAX_VALUE, new Random(1));
        Path at = directory.resolve("full");
        try (TieredStore store =
                TieredStore.open(at, CONFIG, List.of(ROWS), new TieredStore.Surroundings(disk, () -> 1_000))) {
            TieredTable table = store.table("rows");
            table.put(1, StoreFixture.row(1, 1, 32), 0);
            store.awaitDurable(store.position());
            disk.fillUp(true);
            table.put(1, StoreFixture.row(1, 2, 32), 0);
            long position = store.position();
            MillraceException full = assertThrows(MillraceException.class, () -> store.awaitDurable(position));
            assertEquals(ErrorCode.STORAGE_FAILED, full.code());
            assertTrue(full.getMessage().contains("No space left"), full.getMessage());
            assertTrue(
                    store.stat().trouble().contains("No space left"),
                    store.stat().trouble());
            MillraceException held = assertThrows(MillraceException.class, () -> {
                for (int i = 0; i < 10_000; i++) {
                    table.put(2, StoreFixture.row(2, i, 32), 0);
                }
            });
            assertEquals(ErrorCode.STORAGE_FAILED, held.code());
            disk.fillUp(false);
            store.awaitDurable(store.position());
            assertEquals("", store.stat().trouble());
        }
        try (TieredStore store = TieredStore.open(at, PATIENT, List.of())) {
            assertEquals(2, StoreFixture.version(store.table("rows"), 1));
        }
    }
}
