package dev.millrace.storage.tiered;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTimeoutPreemptively;
import static org.junit.jupiter.api.Assertions.assertTrue;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

import java.io.IOException;
import java.io.RandomAccessFile;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;

/** Tables that are dropped: their rows keep no segment from being packed, also where a part of the index is damaged. */
final class DamagedIndexDropTest {
    private static final int KEYS = 20_000;
    private static final int LONGS = 8;
    private static final int BLOCK = 64 << 10;
    /** A block has 4,096 cells; tables and drops have records of their own. */
    private static final long MOST_LOST = 4_096 + 10;

    private static final Duration LONG = Duration.ofSeconds(60);
    private static final TableSpec NOTES = TableSpec.tiered("notes", LONGS * Long.BYTES, 100_000, 8 << 20);

    @TempDir
    private Path directory;

    @Test
    void drop_whileABlockOfTheIndexIsDamaged_countsTheRowsOfTheOthers() throws IOException {
        fill();
        damageLastBlock();
        try (TieredStore store = openQuietly()) {
            assertTrue(wanted(store) >= KEYS);
            store.drop("notes");
            assertTrue(wanted(store) <= MOST_LOST, () -> wanted(store) + " rows count as wanted");
        }
    }

    @Test
    void start_behindADropWhoseIndexIsDamagedSince_countsTheRowsOfTheOthers() throws IOException {
        fill();
        try (TieredStore store = openQuietly()) {
            store.drop("notes");
            store.abandon();
        }
        damageLastBlock();
        try (TieredStore store = StoreFixture.open(directory)) {
            assertTimeoutPreemptively(LONG, () -> {
                while (store.damageSince().isEmpty()) {
                    Thread.onSpinWait();
                }
            });
            assertTrue(wanted(store) <= MOST_LOST, () -> wanted(store) + " rows count as wanted");
        }
    }

    /** The rows that the log replaced behind the checkpoint are no more wanted than those that it wrote. */
    @Test
    void start_behindADropOfRowsThatWereReplacedBefore_countsTheReplacedOnesToo() throws IOException {
        fill();
        try (TieredStore store = openQuietly()) {
            for (int key = 0; key < KEYS / 10; key++) {
                store.table("notes").put(key, StoreFixture.row(key, 2, LONGS), 0);
            }
            store.drop("notes");
            store.abandon();
        }
        try (TieredStore store = StoreFixture.open(directory)) {
            assertTimeoutPreemptively(
                    LONG,
                    () -> {
                        while (wanted(store) > 10) {
                            Thread.onSpinWait();
                        }
                    },
                    () -> wanted(store) + " rows count as wanted");
            assertEquals(List.of(), store.damageSince());
        }
    }

    private TieredStore openQuietly() throws IOException {
        // Without agents, which would settle the index before anybody looks at it.
        TieredStore.Surroundings quiet = new TieredStore.Surroundings(
                TieredStore.Surroundings.system().disk(),
                TieredStore.Surroundings.system().clock(),
                false);
        return TieredStore.open(directory, StoreFixture.SMALL.withPreTouch(PreTouch.NONE), List.of(NOTES), quiet);
    }

    private void fill() throws IOException {
        try (TieredStore store = openQuietly()) {
            for (int key = 0; key < KEYS; key++) {
                store.table("notes").put(key, StoreFixture.row(key, 1, LONGS), 0);
            }
        }
    }

    private static long wanted(TieredStore store) {
        return store.segments().all().stream()
                .mapToLong(store.segments()::wanted)
                .sum();
    }

    @Test
    void drop_whileAllBlocksButTheFirstAreDamaged_countsTheRowsOfTheFirst() throws IOException {
        fill();
        damageBlocksBehind(1);
        try (TieredStore store = openQuietly()) {
            long before = wanted(store);
            store.drop("notes");
            long counted = before - wanted(store);
            assertTrue(counted > 10 && counted <= MOST_LOST, () -> counted + " rows count as dead");
        }
    }

    private void damageLastBlock() throws IOException {
        damageBlocksBehind(Long.MAX_VALUE);
    }

    /** @param whole so many at the beginning stay as they are, or all but the last */
    private void damageBlocksBehind(long whole) throws IOException {
        Path index = StoreFixture.files(directory).stream()
                .filter(file -> file.getFileName().toString().startsWith("table-"))
                .findFirst()
                .orElseThrow();
        try (RandomAccessFile file = new RandomAccessFile(index.toFile(), "rw")) {
            long blocks = (file.length() - 4096) / (BLOCK + Integer.BYTES);
            assertTrue(blocks >= 4, () -> blocks + " blocks");
            for (long block = Math.min(whole, blocks - 1); block < blocks; block++) {
                long place = 4096 + (block + 1) * BLOCK - 20;
                file.seek(place);
                int old = file.read();
                file.seek(place);
                file.write(old ^ 1);
            }
        }
    }
}
