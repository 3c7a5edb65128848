package dev.millrace.storage.tiered;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.millrace.model.ErrorCode;
import dev.millrace.model.MillraceException;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

import java.io.IOException;
import java.lang.foreign.MemorySegment;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicLong;
import java.util.concurrent.atomic.AtomicReference;

/** Loads versions of a table, switches between them and drops them, under readers. */
class TableVersionsTest {
    private static final int KEYS = 2_000;
    private static final int LONGS = 8;
    private static final int ROW_BYTES = LONGS * Long.BYTES;

    @TempDir
    private Path directory;

    @Test
    void versions_loadedPublishedRolledBackAndDropped_areSeenWholeByReaders() throws Exception {
        try (TieredStore store = StoreFixture.open(directory)) {
            TableVersions versions = store.versions("items");
            load(store, 1);
            versions.publish("items@1");
            AtomicBoolean stop = new AtomicBoolean();
            AtomicReference<@Nullable Throwable> failure = new AtomicReference<>();
            AtomicLong batches = new AtomicLong();
            List<Thread> readers = new ArrayList<>();
            for (int r = 0; r < 2; r++) {
                Random random = new Random(r);
                readers.add(Thread.ofPlatform().start(() -> {
                    try {
                        read(store, random, stop, batches);
                    } catch (Throwable e) {
                        failure.set(e);
                    }
                }));
            }
            for (int version = 2; version <= 8; version++) {
                load(store, version);
                versions.publish("items@" + version);
                requireCurrent(store, version);
                if (version % 3 == 0) {
                    assertEquals("items@" + version, versions.rollBack());
                    requireCurrent(store, version - 1);
                    versions.publish("items@" + version);
                }
                List<String> dropped = versions.dropOldest(2);
                assertEquals(version > 3 ? List.of("items@" + (version - 3)) : List.of(), dropped);
                int ignored = store.pack();
                store.checkpoint();
            }
            long before = batches.get();
            while (batches.get() < before + 10 && failure.get() == null) {
                Thread.onSpinWait();
            }
            stop.set(true);
            for (Thread reader : readers) {
                reader.join();
            }
            assertNull(failure.get(), () -> String.valueOf(failure.get()));
            assertEquals(List.of("items@6", "items@7", "items@8"), versions.all());
        }
        try (TieredStore store = StoreFixture.open(directory)) {
            assertEquals(
                    List.of("items@6", "items@7", "items@8"),
                    store.versions("items").all());
            assertEquals("items@8", store.versions("items").current());
            assertEquals("items@8", store.versions("items").rollBack());
            requireCurrent(store, 7);
            store.drop("items@8");
        }
        try (TieredStore store = StoreFixture.open(directory)) {
            requireCurrent(store, 7);
        }
    }

    /** All rows of a batch are of the version whose table it asked. */
    private static void read(TieredStore store, Random random, AtomicBoolean stop, AtomicLong batches) {
        long[] keys = new long[64];
        boolean[] found = new boolean[64];
        MemorySegment rows = MemorySegment.ofArray(new long[64 * LONGS]);
        while (!stop.get()) {
            TieredTable table = store.current("items");
            int version = Integer.parseInt(table.spec().name().substring("items@".length()));
            for (int i = 0; i < keys.length; i++) {
                keys[i] = random.nextInt(KEYS);
            }
            assertEquals(64, table.getBatch(keys, 64, rows, 0, found));
            for (int i = 0; i < keys.length; i++) {
                MemorySegment row = rows.asSlice((long) i * ROW_BYTES, ROW_BYTES);
                assertEquals(-1, row.mismatch(StoreFixture.row(keys[i], version, LONGS)), "key " + keys[i]);
            }
            batches.incrementAndGet();
        }
    }

    private static void load(TieredStore store, int version) {
        // Half of the rows have room in memory.
        TieredTable table =
                store.create(TableSpec.tiered("items@" + version, ROW_BYTES, KEYS, (ROW_BYTES + 9L) * KEYS / 2));
        long[] keys = new long[500];
        MemorySegment rows = MemorySegment.ofArray(new long[keys.length * LONGS]);
        for (int from = 0; from < KEYS; from += keys.length) {
            for (int i = 0; i < keys.length; i++) {
                keys[i] = from + i;
                MemorySegment.copy(StoreFixture.row(keys[i], version, LONGS), 0, rows, (long) i * ROW_BYTES, ROW_BYTES);
            }
            store.awaitDurable(table.putBatch(keys, keys.length, rows, 0));
        }
    }

    private static void requireCurrent(TieredStore store, int version) {
        assertEquals("items@" + version, store.versions("items").current());
        assertEquals(version, StoreFixture.version(store.current("items"), 11));
    }

    @Test
    void versions_thatCannotBe_areRefused() throws IOException {
        try (TieredStore store = StoreFixture.open(directory, TableSpec.pinned("others@1", 64, 10))) {
            TableVersions versions = store.versions("items");
            assertEquals(List.of(), versions.all());
            assertEquals(ErrorCode.NOT_FOUND, code(versions::current));
            assertEquals(ErrorCode.NOT_FOUND, code(versions::rollBack));
            assertEquals(ErrorCode.INVALID_REQUEST, code(() -> versions.publish("others@1")));
            load(store, 1);
            assertEquals(ErrorCode.NOT_FOUND, code(() -> versions.publish("items@2")));
            versions.publish("items@1");
            MillraceException first = assertThrows(MillraceException.class, versions::rollBack);
            assertEquals(ErrorCode.CONFLICT, first.code());
            assertTrue(first.getMessage().contains("items@1"), first.getMessage());
            assertEquals(List.of(), versions.dropOldest(0));
            assertThrows(IllegalArgumentException.class, () -> versions.dropOldest(-1));
        }
    }

    private static ErrorCode code(Runnable work) {
        return assertThrows(MillraceException.class, work::run).code();
    }
}
