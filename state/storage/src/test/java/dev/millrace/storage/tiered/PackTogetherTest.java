package dev.millrace.storage.tiered;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.millrace.model.ErrorCode;
import dev.millrace.model.MillraceException;
import dev.millrace.storage.disk.Disk;
import dev.millrace.storage.disk.ForwardingDisk;
import dev.millrace.storage.together.KeySets;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

import java.io.IOException;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicLong;
import java.util.stream.LongStream;

/** Where rows lie after packing by what is asked for together, and that none is lost or comes back. */
class PackTogetherTest {
    private static final int KEYS = 5_600;
    private static final int GROUPS = 100;
    /** 56 rows of 288 bytes with their headers, 14 a page. */
    private static final int PAGES_OF_A_GROUP = 4;

    private static final TableSpec ROWS =
            TableSpec.tiered("rows", 256, 100_000, 200 * 300).withPlacement(Placement.COLD);

    @TempDir
    private Path directory;

    private Path path() {
        return directory.resolve("store");
    }

    @Test
    void rows_askedForTogether_areReadAtOnce() throws IOException {
        fill();
        try (TieredStore store = StoreFixture.open(path(), ROWS)) {
            assertTrue(pagesOfAGroup(store) > 50);
            int packed = store.packTogether(Map.of("rows", groups()));
            assertTrue(packed > 5, () -> packed + " segments packed");
            store.checkpoint();
            requirePacked(store);
        }
        try (TieredStore store = StoreFixture.open(path(), ROWS)) {
            requirePacked(store);
            requireRows(store);
        }
    }

    @Test
    void packTogether_withoutRoomForIt_isRefusedBeforeAnythingIsWritten() throws IOException {
        fill();
        AtomicLong usable = new AtomicLong(KEYS * 256L);
        Disk full = new ForwardingDisk() {
            @Override
            public long usableBytes(Path place) {
                return usable.get();
            }
        };
        TieredStore.Surroundings around = new TieredStore.Surroundings(full, () -> 0);
        try (TieredStore store = TieredStore.open(path(), StoreFixture.SMALL, List.of(ROWS), around)) {
            MillraceException refused =
                    assertThrows(MillraceException.class, () -> store.packTogether(Map.of("rows", groups())));
            assertTrue(refused.getMessage().contains(" room for " + usable.get()), refused.getMessage());
            assertTrue(StoreFixture.files(path()).stream()
                    .noneMatch(file -> file.toString().endsWith(".pack")));
            usable.set(2 * KEYS * 288L);
            assertTrue(store.packTogether(Map.of("rows", groups())) > 5);
        }
    }

    /** More than what is written and moved at once, twice. */
    @Test
    void rows_ofSeveralPortions_beginWherePagesDo() throws IOException {
        int keys = 8 * KEYS;
        try (TieredStore store = TieredStore.open(path(), StoreConfig.defaults(), List.of(ROWS))) {
            put(store, 0, keys, 1);
        }
        KeySets.Builder sets = new KeySets.Builder();
        for (int group = 0; group < 8 * GROUPS; group++) {
            sets.add(group(group, 8 * GROUPS), KEYS / GROUPS);
        }
        try (TieredStore store = TieredStore.open(path(), StoreConfig.defaults(), List.of(ROWS))) {
            assertEquals(1, store.packTogether(Map.of("rows", sets.build())));
            for (int group = 0; group < 8 * GROUPS; group++) {
                assertEquals(PAGES_OF_A_GROUP, pages(store, group(group, 8 * GROUPS)), "group " + group);
            }
        }
    }

    /** What is packed later, since other rows of its segments were replaced, keeps its order. */
    @Test
    void rows_packedAgain_keepTheirOrder() throws IOException {
        fill();
        try (TieredStore store = StoreFixture.open(path(), ROWS)) {
            int packed = store.packTogether(Map.of("rows", groups()));
            store.checkpoint();
            assertTrue(packed > 5);
            // All groups but every fourth go.
            for (int key = 0; key < KEYS; key++) {
                if (key % GROUPS % 4 != 0) {
                    assertTrue(store.table("rows").remove(key));
                }
            }
            store.table("rows").put(KEYS, StoreFixture.row(KEYS, 1, 32), 0);
            assertTrue(store.pack() > 3);
            store.checkpoint();
            for (int group = 0; group < GROUPS; group += 4) {
                long pages = pages(store, group);
                // They no longer begin where pages do.
                assertTrue(pages <= PAGES_OF_A_GROUP + 2, () -> pages + " pages");
            }
        }
    }

    @Test
    void values_ofVariableSize_arePackedTogetherAndStayWhole() throws IOException {
        TableSpec values = TableSpec.values("values", 4_000, 10_000, 120_000);
        try (TieredStore store = StoreFixture.open(path(), values)) {
            for (int key = 0; key < 2_000; key++) {
                StoreFixture.putValue(store.values("values"), key, key % 5);
            }
        }
        try (TieredStore store = StoreFixture.open(path(), values)) {
            assertTrue(store.packTogether(Map.of("values", groups())) > 0);
            for (int key = 0; key < 2_000; key++) {
                assertEquals(key % 5, StoreFixture.valueVersion(store.values("values"), key));
            }
            store.checkpoint();
        }
        try (TieredStore store = StoreFixture.open(path(), values)) {
            for (int key = 0; key < 2_000; key++) {
                assertEquals(key % 5, StoreFixture.valueVersion(store.values("values"), key));
            }
        }
    }

    @Test
    void rows_removedReplacedOrOver_areWhatTheyWere() throws IOException {
        AtomicInteger now = new AtomicInteger(1_000);
        TableSpec spec = ROWS.withTtl(Duration.ofSeconds(60));
        TieredStore.Surroundings around = new TieredStore.Surroundings(Disk.local(), now::get);
        try (TieredStore store = TieredStore.open(path(), StoreFixture.SMALL, List.of(spec), around)) {
            put(store, 0, KEYS, 1);
            now.set(1_030);
            put(store, 1_000, 2_000, 2);
            for (int key = 2_000; key < 2_500; key++) {
                assertTrue(store.table("rows").remove(key));
            }
            now.set(1_065);
            put(store, 0, 10, 3);
            assertTrue(store.packTogether(Map.of("rows", groups())) > 5);
            requireReplaced(store);
            Path left = copyWithoutCheckpoint(store);
            try (TieredStore again = TieredStore.open(left, StoreFixture.SMALL, List.of(), around)) {
                requireReplaced(again);
            }
            store.checkpoint();
        }
        try (TieredStore store = TieredStore.open(path(), StoreFixture.SMALL, List.of(spec), around)) {
            requireReplaced(store);
        }
    }

    private static void requireReplaced(TieredStore store) {
        for (int key = 0; key < KEYS; key++) {
            int expected = key < 10 ? 3 : key >= 1_000 && key < 3_000 && (key < 2_000 || key >= 2_500) ? 2 : -1;
            assertEquals(expected, StoreFixture.version(store.table("rows"), key), "key " + key);
        }
    }

    @Test
    void tables_thatAreNotOnDiskOrNotThere_areRefused() throws IOException {
        try (TieredStore store = StoreFixture.open(path(), ROWS, TableSpec.inMemory("vectors", 64, 100, 100_000))) {
            MillraceException none =
                    assertThrows(MillraceException.class, () -> store.packTogether(Map.of("row", groups())));
            assertEquals(ErrorCode.NOT_FOUND, none.code());
            MillraceException inMemory =
                    assertThrows(MillraceException.class, () -> store.packTogether(Map.of("vectors", groups())));
            assertEquals(ErrorCode.INVALID_REQUEST, inMemory.code());
        }
    }

    private void fill() throws IOException {
        try (TieredStore store = StoreFixture.open(path(), ROWS)) {
            put(store, 0, KEYS, 1);
        }
    }

    private static void put(TieredStore store, int first, int count, int version) {
        for (int key = first; key < first + count; key++) {
            store.table("rows").put(key, StoreFixture.row(key, version, 32), 0);
        }
    }

    private static long[] group(int group) {
        return group(group, GROUPS);
    }

    private static long[] group(int group, int groups) {
        return LongStream.range(0, KEYS / GROUPS).map(i -> group + i * groups).toArray();
    }

    /** With keys that no row has. */
    private static KeySets groups() {
        KeySets.Builder sets = new KeySets.Builder();
        for (int round = 0; round < 2; round++) {
            for (int group = 0; group < GROUPS; group++) {
                long[] keys = group(group);
                sets.add(keys, keys.length);
                sets.add(new long[] {1_000_000 + group, keys[0]}, 2);
            }
        }
        return sets.build();
    }

    private static long pages(TieredStore store, int group) {
        return pages(store, group(group));
    }

    private static long pages(TieredStore store, long[] keys) {
        TieredTable table = store.table("rows");
        long before = table.stat().reads().diskPages();
        MemorySegment rows = Arena.ofAuto().allocate(keys.length * 256L, Long.BYTES);
        assertEquals(keys.length, table.getBatch(keys, keys.length, rows, 0, new boolean[keys.length]));
        return table.stat().reads().diskPages() - before;
    }

    private static double pagesOfAGroup(TieredStore store) {
        long pages = 0;
        for (int group = 0; group < GROUPS; group++) {
            pages += pages(store, group);
        }
        return (double) pages / GROUPS;
    }

    private static void requirePacked(TieredStore store) {
        assertEquals(PAGES_OF_A_GROUP, pagesOfAGroup(store));
    }

    private static void requireRows(TieredStore store) {
        for (int key = 0; key < KEYS; key++) {
            assertEquals(1, StoreFixture.version(store.table("rows"), key));
        }
    }

    private Path copyWithoutCheckpoint(TieredStore store) throws IOException {
        store.awaitDurable(store.position());
        Path left = directory.resolve("left");
        StoreFixture.copy(path(), left);
        for (Path file : StoreFixture.files(left)) {
            String name = file.getFileName().toString();
            if (name.startsWith("checkpoint") || name.endsWith(".idx")) {
                Files.delete(file);
            }
        }
        return left;
    }
}
