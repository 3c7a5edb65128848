package dev.millrace.storage.tiered;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotNull;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.millrace.model.ErrorCode;
import dev.millrace.model.MillraceException;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

import java.io.IOException;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.Map;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicReference;

/** Visits a table while others write it, pack its segments and delete them. */
class TableSnapshotTest {
    private static final int KEYS = 1_500;

    @TempDir
    private Path directory;

    /** A table of either kind, whose rows are a version as often as there is room. */
    private interface Table {
        void put(long key, int version);

        boolean remove(long key);

        void visit(TableSnapshot.Visitor visitor);
    }

    private static Table rows(TieredTable table) {
        return new Table() {
            @Override
            public void put(long key, int version) {
                table.put(key, StoreFixture.row(key, version, 32), 0);
            }

            @Override
            public boolean remove(long key) {
                return table.remove(key);
            }

            @Override
            public void visit(TableSnapshot.Visitor visitor) {
                table.forEach((key, rows, offset) -> visitor.visit(key, rows, offset, 256));
            }
        };
    }

    private static Table values(TieredValueTable table) {
        return new Table() {
            @Override
            public void put(long key, int version) {
                StoreFixture.putValue(table, key, version);
            }

            @Override
            public boolean remove(long key) {
                return table.remove(key);
            }

            @Override
            public void visit(TableSnapshot.Visitor visitor) {
                table.forEach((key, value) -> visitor.visit(key, value, 0, (int) value.byteSize()));
            }
        };
    }

    /**
     * One thread writes all keys by turns, each time around with the next version, and at its end adds a key and removes one. So at
     * each moment versions fall by at most one along the keys.
     */
    @ParameterizedTest
    @ValueSource(booleans = {false, true})
    void visit_whileRowsChange_seesThoseOfOneMoment(boolean variable) throws Exception {
        TableSpec rowSpec = TableSpec.tiered("rows", 256, 100_000, 200 * 300);
        TableSpec valueSpec = TableSpec.values("values", 4_000, 100_000, 200_000);
        try (TieredStore store = StoreFixture.open(directory, rowSpec, valueSpec)) {
            Table table = variable ? values(store.values("values")) : rows(store.table("rows"));
            writeAll(table, 1);
            AtomicBoolean stop = new AtomicBoolean();
            AtomicReference<@Nullable Throwable> failure = new AtomicReference<>();
            Thread writer = start(failure, () -> {
                for (int version = 2; !stop.get(); version++) {
                    writeAll(table, version);
                }
            });
            Thread keeper = start(failure, () -> {
                while (!stop.get()) {
                    int ignored = store.pack();
                    store.checkpoint();
                }
            });
            for (int round = 0; round < 12; round++) {
                Map<Long, Integer> seen = new HashMap<>();
                table.visit((key, rows, offset, length) -> {
                    int version = version(key, rows.asSlice(offset, length), variable);
                    assertNull(seen.put(key, version), "key " + key + " twice");
                });
                requireOneMoment(seen);
            }
            stop.set(true);
            writer.join();
            keeper.join();
            assertNull(failure.get(), () -> String.valueOf(failure.get()));
        }
    }

    private static void writeAll(Table table, int version) {
        for (int key = 0; key < KEYS; key++) {
            table.put(key, version);
        }
        table.put(KEYS + version, version);
        if (version > 1) {
            assertTrue(table.remove(KEYS + version - 1));
        }
    }

    private static void requireOneMoment(Map<Long, Integer> seen) {
        int newest = assertNotNullVersion(seen.get(0L));
        int before = newest;
        for (long key = 1; key < KEYS; key++) {
            int version = assertNotNullVersion(seen.get(key));
            assertTrue(
                    version <= before && version >= newest - 1, "key " + key + " has " + version + " behind " + before);
            before = version;
        }
        boolean isAround = before == newest;
        long added = seen.keySet().stream().filter(key -> key > KEYS).count();
        if (!isAround) {
            assertEquals(1, added);
            assertTrue(seen.containsKey((long) KEYS + newest - 1));
        } else {
            // Between the last key of the round and the first of the next: before, between or after adding and
            // removing.
            boolean old = seen.containsKey((long) KEYS + newest - 1);
            boolean fresh = seen.containsKey((long) KEYS + newest);
            assertTrue(added == (old && fresh ? 2 : 1) && (old || fresh), () -> added + " added keys");
        }
    }

    private static int assertNotNullVersion(@Nullable Integer version) {
        assertNotNull(version);
        return version;
    }

    private static int version(long key, MemorySegment row, boolean variable) {
        int version = (int) ((row.get(ValueLayout.JAVA_LONG_UNALIGNED, 0) - key * 31) / 1_000_003L);
        MemorySegment expected = variable ? StoreFixture.value(key, version) : StoreFixture.row(key, version, 32);
        assertEquals(-1, row.mismatch(expected), "the row of key " + key + " is not one that was written");
        return version;
    }

    @Test
    void visitor_thatTakesItsTime_holdsNoWriterUp() throws Exception {
        try (TieredStore store = StoreFixture.open(directory, TableSpec.tiered("rows", 256, 100_000, 200 * 300))) {
            Table table = rows(store.table("rows"));
            writeAll(table, 1);
            AtomicReference<@Nullable Throwable> failure = new AtomicReference<>();
            int[] visited = {0};
            table.visit((key, rows, offset, length) -> {
                if (visited[0]++ % 500 == 0) {
                    // The visit waits for the writer: it would for ever if the writer waited for the visit.
                    int version = 2 + visited[0] / 500;
                    join(start(failure, () -> writeAll(table, version)));
                }
                assertEquals(1, version(key, rows.asSlice(offset, length), false));
            });
            assertEquals(KEYS + 1, visited[0]);
            assertNull(failure.get(), () -> String.valueOf(failure.get()));
        }
    }

    @Test
    void visit_whileMoreKeysChangeThanItMayNote_failsAndWritersGoOn() throws Exception {
        try (TieredStore store = StoreFixture.open(directory, TableSpec.tiered("rows", 256, 100_000, 200 * 300))) {
            TieredTable table = store.table("rows");
            writeAll(rows(table), 1);
            AtomicReference<@Nullable Throwable> failure = new AtomicReference<>();
            boolean[] written = {false};
            MillraceException refused = assertThrows(
                    MillraceException.class,
                    () -> table.visit(
                            (key, rows, offset, length) -> {
                                if (!written[0]) {
                                    written[0] = true;
                                    join(start(failure, () -> writeAll(rows(table), 2)));
                                }
                            },
                            100));
            assertEquals(ErrorCode.CONFLICT, refused.code());
            assertTrue(refused.getMessage().contains("100"), refused.getMessage());
            assertNull(failure.get(), () -> String.valueOf(failure.get()));
            assertEquals(2, StoreFixture.version(table, 7));
            int[] visited = {0};
            table.forEach((key, rows, offset) -> visited[0]++);
            assertEquals(KEYS + 1, visited[0]);
        }
    }

    /** Work that may fail in a thread of its own. */
    @FunctionalInterface
    private interface Work {
        void run() throws IOException;
    }

    private static Thread start(AtomicReference<@Nullable Throwable> failure, Work work) {
        return Thread.ofPlatform().start(() -> {
            try {
                work.run();
            } catch (Throwable e) {
                failure.set(e);
            }
        });
    }

    private static void join(Thread thread) {
        try {
            thread.join();
        } catch (InterruptedException e) {
            throw new AssertionError(e);
        }
    }
}
