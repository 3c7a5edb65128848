package dev.millrace.storage.tiered;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

import java.io.IOException;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.concurrent.CyclicBarrier;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicLong;

/**
 * Records what threads did to one key and saw of it, and looks for an order that explains it: each operation at one moment
 * between its call and its return (Herlihy and Wing, 1990; the search is that of Wing and Gong, 1993).
 */
class StoreLinearizabilityTest {
    private static final int THREADS = 3;
    private static final int OPERATIONS = 5;
    private static final int ROUNDS = 1_500;
    private static final int NONE = -1;

    @TempDir
    private Path directory;

    /** What was done. @param version written, or seen; −1 for no row */
    private record Operation(Kind kind, int version, long called, long returned) {}

    private enum Kind {
        PUT,
        REMOVE,
        GET
    }

    /** A table of either kind. */
    private interface Table {
        void put(long key, int version);

        boolean remove(long key);

        int version(long key);

        TableStat stat();
    }

    private static Table rows(TieredTable table) {
        return new Table() {
            @Override
            public void put(long key, int version) {
                table.put(key, StoreFixture.row(key, version, 8), 0);
            }

            @Override
            public boolean remove(long key) {
                return table.remove(key);
            }

            @Override
            public int version(long key) {
                return StoreFixture.version(table, key);
            }

            @Override
            public TableStat stat() {
                return table.stat();
            }
        };
    }

    /** Each version has another length, so that values move between size classes. */
    private static Table values(TieredValueTable table) {
        return new Table() {
            @Override
            public void put(long key, int version) {
                MemorySegment value = StoreFixture.row(key, version, 1 + version % 16);
                long ignored = table.put(key, value, 0, (int) value.byteSize());
            }

            @Override
            public boolean remove(long key) {
                return table.remove(key);
            }

            @Override
            public int version(long key) {
                MemorySegment into = MemorySegment.ofArray(new long[16]);
                int length = table.get(key, into, 0);
                if (length < 0) {
                    return NONE;
                }
                int version = (int) ((into.get(ValueLayout.JAVA_LONG, 0) - key * 31) / 1_000_003L);
                assertEquals(-1, into.asSlice(0, length).mismatch(StoreFixture.row(key, version, 1 + version % 16)));
                return version;
            }

            @Override
            public TableStat stat() {
                return table.stat();
            }
        };
    }

    @ParameterizedTest
    @ValueSource(booleans = {false, true})
    void operations_ofSeveralThreadsOnOneKey_haveAnOrderThatExplainsThem(boolean variable) throws Exception {
        long seed = System.nanoTime();
        // Room for a handful of rows: the key is evicted and read from disk all the time, by the traffic of a fourth
        // thread.
        TableSpec rowSpec = TableSpec.tiered("rows", 64, 10_000, 6 * 90);
        TableSpec valueSpec = TableSpec.values("values", 128, 10_000, 14_000);
        try (TieredStore store = StoreFixture.open(directory, rowSpec, valueSpec)) {
            Table table = variable ? values(store.values("values")) : rows(store.table("rows"));
            AtomicInteger round = new AtomicInteger();
            Thread traffic = Thread.ofPlatform().start(() -> pressOn(table, round));
            Thread packing = Thread.ofPlatform().start(() -> pack(store, round));
            for (int r = 0; r < ROUNDS; r++) {
                List<Operation> history = play(table, r, seed + r);
                assertTrue(
                        explains(history, new boolean[history.size()], NONE, 0),
                        "seed " + seed + ", round " + r + ": no order explains " + history);
                round.incrementAndGet();
            }
            traffic.join();
            packing.join();
            assertTrue(
                    table.stat().reads().evicted() > ROUNDS, () -> table.stat().toString());
        }
    }

    @Test
    void search_ofAHistoryThatReadsBackwards_findsNoOrder() {
        List<Operation> stale = List.of(
                new Operation(Kind.PUT, 1, 1, 2), new Operation(Kind.PUT, 2, 3, 4), new Operation(Kind.GET, 1, 5, 6));
        assertFalse(explains(stale, new boolean[3], NONE, 0));
        List<Operation> overlapping = List.of(
                new Operation(Kind.PUT, 1, 1, 2),
                new Operation(Kind.PUT, 2, 3, 8),
                new Operation(Kind.GET, 2, 4, 5),
                new Operation(Kind.GET, 1, 6, 7));
        assertFalse(explains(overlapping, new boolean[4], NONE, 0));
        assertTrue(explains(overlapping.subList(0, 3), new boolean[3], NONE, 0));
    }

    private static void pressOn(Table table, AtomicInteger round) {
        int key = 0;
        while (round.get() < ROUNDS) {
            table.put(100_000 + key++ % 50, key % 16);
        }
    }

    private static void pack(TieredStore store, AtomicInteger round) {
        try {
            while (round.get() < ROUNDS) {
                int ignored = store.pack();
                store.checkpoint();
            }
        } catch (IOException e) {
            throw new AssertionError(e);
        }
    }

    private static List<Operation> play(Table table, int key, long seed) throws Exception {
        AtomicLong time = new AtomicLong();
        CyclicBarrier start = new CyclicBarrier(THREADS);
        List<Operation> history = new ArrayList<>();
        List<Thread> threads = new ArrayList<>();
        for (int t = 0; t < THREADS; t++) {
            int thread = t;
            threads.add(Thread.ofVirtual().start(() -> {
                Random random = new Random(seed * 31 + thread);
                List<Operation> own = new ArrayList<>();
                try {
                    start.await();
                } catch (Exception e) {
                    throw new AssertionError(e);
                }
                for (int i = 0; i < OPERATIONS; i++) {
                    own.add(act(table, key, 1 + thread * OPERATIONS + i, random, time));
                }
                synchronized (history) {
                    history.addAll(own);
                }
            }));
        }
        for (Thread thread : threads) {
            thread.join();
        }
        return history;
    }

    private static Operation act(Table table, int key, int version, Random random, AtomicLong time) {
        int choice = random.nextInt(5);
        long called = time.incrementAndGet();
        if (choice == 0) {
            boolean was = table.remove(key);
            return new Operation(Kind.REMOVE, was ? 1 : NONE, called, time.incrementAndGet());
        }
        if (choice <= 2) {
            table.put(key, version);
            return new Operation(Kind.PUT, version, called, time.incrementAndGet());
        }
        int seen = table.version(key);
        return new Operation(Kind.GET, seen, called, time.incrementAndGet());
    }

    /** Whether the operations that are not done yet can follow, the key having that version now. */
    private static boolean explains(List<Operation> history, boolean[] done, int version, int count) {
        if (count == history.size()) {
            return true;
        }
        long firstReturn = Long.MAX_VALUE;
        for (int i = 0; i < done.length; i++) {
            firstReturn =
                    done[i] ? firstReturn : Math.min(firstReturn, history.get(i).returned());
        }
        for (int i = 0; i < done.length; i++) {
            Operation next = history.get(i);
            if (done[i] || next.called() > firstReturn || !fits(next, version)) {
                continue;
            }
            done[i] = true;
            int after = switch (next.kind()) {
                case PUT -> next.version();
                case REMOVE -> NONE;
                case GET -> version;
            };
            if (explains(history, done, after, count + 1)) {
                return true;
            }
            done[i] = false;
        }
        return false;
    }

    private static boolean fits(Operation operation, int version) {
        return switch (operation.kind()) {
            case PUT -> true;
            case REMOVE -> (operation.version() == NONE) == (version == NONE);
            case GET -> operation.version() == version;
        };
    }
}
