package dev.millrace.storage.tiered;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.millrace.testkit.Seed;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

import java.io.IOException;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicIntegerArray;

/**
 * Batches of rows most of which come from disk, while one thread writes and removes them and another packs their segments: each
 * answer is of a state that the key had during the read, and no reader sees a key go back to one of before.
 */
class BatchReadRaceTest {
    private static final int KEYS = 600;
    private static final int BATCH = 200;
    private static final int LONGS = 8;
    private static final int ROW_BYTES = LONGS * Long.BYTES;
    private static final int READERS = 2;
    private static final int WRITES = 120_000;

    @TempDir
    private Path directory;

    /** What was done to a key last: twice the number of the operation, which is the row's version, and one more for a removal. */
    private final AtomicIntegerArray begun = new AtomicIntegerArray(KEYS);

    private final AtomicIntegerArray done = new AtomicIntegerArray(KEYS);
    private final AtomicBoolean over = new AtomicBoolean();

    @AfterEach
    void readAsBefore() {
        System.clearProperty(ReadPool.BY_THREADS);
    }

    @Test
    void batches_readByRing_areOfStatesOfTheirTimeAndNeverGoBack() throws Exception {
        race();
    }

    @Test
    void batches_readByThreads_areOfStatesOfTheirTimeAndNeverGoBack() throws Exception {
        System.setProperty(ReadPool.BY_THREADS, "true");
        race();
    }

    private void race() throws Exception {
        Random random = Seed.random("BatchReadRaceTest");
        TableSpec spec = TableSpec.tiered("rows", ROW_BYTES, KEYS, 12_000);
        try (TieredStore store = StoreFixture.open(directory, spec);
                ExecutorService threads =
                        Executors.newThreadPerTaskExecutor(Thread.ofPlatform().factory())) {
            TieredTable table = store.table("rows");
            for (int key = 0; key < KEYS; key++) {
                table.put(key, StoreFixture.row(key, 0, LONGS), 0);
            }
            List<Future<?>> all = new ArrayList<>();
            for (int reader = 0; reader < READERS; reader++) {
                Random own = new Random(random.nextLong());
                all.add(threads.submit(() -> read(table, own)));
            }
            all.add(threads.submit(() -> {
                pack(store);
                return null;
            }));
            Random own = new Random(random.nextLong());
            all.add(threads.submit(() -> write(table, own)));
            for (Future<?> one : all) {
                one.get();
            }
            TableStat.Reads reads = table.stat().reads();
            assertTrue(reads.fromDisk() > 1_000 && reads.promoted() > 100, reads::toString);
        }
    }

    private void write(TieredTable table, Random random) {
        try {
            for (int i = 0; i < WRITES; i++) {
                int key = random.nextInt(KEYS);
                int state = done.get(key);
                boolean removes = state % 2 == 0 && random.nextInt(4) == 0;
                int next = 2 * (state / 2 + 1) + (removes ? 1 : 0);
                begun.set(key, next);
                if (removes) {
                    assertTrue(table.remove(key));
                } else {
                    table.put(key, StoreFixture.row(key, next, LONGS), 0);
                }
                done.set(key, next);
            }
        } finally {
            over.set(true);
        }
    }

    private void pack(TieredStore store) throws IOException {
        while (!over.get()) {
            store.pack();
            store.checkpoint();
        }
    }

    private void read(TieredTable table, Random random) {
        try (Arena arena = Arena.ofConfined()) {
            MemorySegment rows = arena.allocate(BATCH * ROW_BYTES, Long.BYTES);
            boolean[] found = new boolean[BATCH];
            long[] keys = new long[BATCH];
            int[] before = new int[BATCH];
            int[] seen = new int[KEYS];
            while (!over.get()) {
                for (int i = 0; i < BATCH; i++) {
                    keys[i] = random.nextInt(KEYS);
                    before[i] = Math.max(done.get((int) keys[i]), seen[(int) keys[i]]);
                }
                int ignored = table.getBatch(keys, BATCH, rows, 0, found);
                for (int i = 0; i < BATCH; i++) {
                    int key = (int) keys[i];
                    if (found[i]) {
                        int state = requireRow(key, before[i], rows.asSlice((long) i * ROW_BYTES, ROW_BYTES));
                        seen[key] = Math.max(seen[key], state);
                    } else {
                        requireNone(key, before[i]);
                    }
                }
            }
        }
    }

    private int requireRow(int key, int least, MemorySegment row) {
        int state = stateOf(key, row);
        int last = begun.get(key);
        assertTrue(
                state >= least && state <= last,
                () -> "key " + key + " has the row of state " + state + "; it was in " + least + " to " + last);
        return state;
    }

    /** Of states that came and went during the read, nobody knows which they were. */
    private void requireNone(int key, int least) {
        int last = begun.get(key);
        boolean mayBe = least % 2 == 1 || last % 2 == 1 || last / 2 - least / 2 >= 2;
        assertTrue(mayBe, () -> "key " + key + " has no row; it was in states " + least + " to " + last);
    }

    private static int stateOf(int key, MemorySegment row) {
        int state = (int) ((row.get(ValueLayout.JAVA_LONG_UNALIGNED, 0) - key * 31L) / 1_000_003L);
        assertEquals(-1, row.mismatch(StoreFixture.row(key, state, LONGS)), () -> "the row of key " + key + " is torn");
        assertEquals(0, state % 2, "key " + key);
        return state;
    }
}
