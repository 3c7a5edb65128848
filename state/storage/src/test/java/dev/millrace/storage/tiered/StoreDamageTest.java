package dev.millrace.storage.tiered;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.millrace.model.ErrorCode;
import dev.millrace.model.MillraceException;
import dev.millrace.storage.segment.SegmentFormat;
import dev.millrace.storage.together.KeySets;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.stream.LongStream;

/** Flips bits of a store and opens it: what is intact stays readable, and nothing is read that was not written. */
class StoreDamageTest {
    private static final int KEYS = 40;
    private static final int VALUES = 3;

    @TempDir
    private Path directory;

    private Path whole;

    /** A packed segment, a log behind a checkpoint, an index file: one of each kind of file. */
    @BeforeEach
    void makeStore() throws IOException {
        whole = directory.resolve("whole");
        TableSpec rows = TableSpec.tiered("rows", 64, 1_000, 100_000);
        TableSpec values = TableSpec.values("values", 4_000, 1_000, 200_000);
        try (TieredStore store = StoreFixture.open(whole, rows, values)) {
            for (int key = 0; key < KEYS; key++) {
                store.table("rows").put(key, StoreFixture.row(key, 1, 8), 0);
                if (key < VALUES) {
                    StoreFixture.putValue(store.values("values"), key, 1);
                }
            }
        }
        try (TieredStore store = StoreFixture.open(whole)) {
            TieredTable table = store.table("rows");
            for (int key = 0; key < KEYS; key++) {
                if (key % 3 != 0) {
                    table.put(key, StoreFixture.row(key, 2, 8), 0);
                    if (key < VALUES) {
                        StoreFixture.putValue(store.values("values"), key, 2);
                    }
                }
            }
            store.pack();
            store.checkpoint();
            for (int key = 0; key < KEYS; key += 4) {
                table.put(key, StoreFixture.row(key, 3, 8), 0);
                if (key < VALUES) {
                    StoreFixture.putValue(store.values("values"), key, 3);
                }
            }
            store.awaitDurable(store.position());
            Path left = directory.resolve("left");
            StoreFixture.copy(whole, left);
            whole = left;
        }
        assertTrue(StoreInspection.run(whole).isWhole());
    }

    /** As where a process has no descriptors left: the next read may do. */
    @Test
    void read_ofAFileThatCannotBeOpenedForNow_isNotToldAsDamage() throws IOException {
        try (TieredStore store = openWithRowsOnDisk()) {
            Path packed = packedAndNotRead(store);
            Path moved = Files.move(packed, directory.resolve("moved"));
            Files.createSymbolicLink(packed, packed.getFileName());
            MillraceException late = assertThrows(MillraceException.class, () -> readAll(store));
            assertTrue(late.getMessage().contains("cannot be opened: Too many"), late.getMessage());
            assertEquals(List.of(), store.damageSince());
            Files.delete(packed);
            Files.move(moved, packed);
            readAll(store);
        }
    }

    /** Who asks again learns no more. */
    @Test
    void read_ofAFileThatIsMissing_isToldAsDamage() throws IOException {
        try (TieredStore store = openWithRowsOnDisk()) {
            Files.delete(packedAndNotRead(store));
            assertThrows(MillraceException.class, () -> readAll(store));
            assertEquals(
                    1, store.damageSince().size(), () -> store.damageSince().toString());
        }
    }

    private TieredStore openWithRowsOnDisk() throws IOException {
        TableSpec rows = TableSpec.tiered("rows", 256, 1_000, 100_000).withPlacement(Placement.COLD);
        Path place = directory.resolve("on-disk");
        try (TieredStore store = StoreFixture.open(place, rows)) {
            for (int key = 0; key < KEYS; key++) {
                store.table("rows").put(key, StoreFixture.row(key, 1, 32), 0);
            }
        }
        return StoreFixture.open(place, rows);
    }

    /** A file with rows that nobody has opened for reading. */
    private static Path packedAndNotRead(TieredStore store) throws IOException {
        KeySets.Builder sets = new KeySets.Builder();
        sets.add(LongStream.range(0, KEYS).toArray(), KEYS);
        assertEquals(1, store.packTogether(Map.of("rows", sets.build())));
        return StoreFixture.files(store.directory()).stream()
                .filter(file -> file.toString().endsWith(".pack"))
                .findFirst()
                .orElseThrow();
    }

    private static void readAll(TieredStore store) {
        for (int key = 0; key < KEYS; key++) {
            assertEquals(1, StoreFixture.version(store.table("rows"), key));
        }
    }

    private static boolean isNewestLog(List<Path> files, Path file) {
        Path newest = files.stream()
                .filter(path -> path.toString().endsWith(".log"))
                .reduce((a, b) -> b)
                .orElseThrow();
        return file.getFileName().equals(newest.getFileName());
    }

    @Test
    void open_ofFlippedBits_refusesOrGivesOnlyRowsThatWereWritten() throws IOException {
        long seed = System.nanoTime();
        Random random = new Random(seed);
        List<Path> files = StoreFixture.files(whole);
        int refused = 0;
        for (int round = 0; round < 300; round++) {
            Path copy = directory.resolve("copy" + round);
            StoreFixture.copy(whole, copy);
            Path file = copy.resolve(files.get(random.nextInt(files.size())).getFileName());
            byte[] bytes = Files.readAllBytes(file);
            int at = random.nextInt(bytes.length);
            bytes[at] ^= (byte) (1 << random.nextInt(8));
            Files.write(file, bytes);
            String where = "seed " + seed + ", " + file + " byte " + at;
            try (TieredStore store = StoreFixture.open(copy)) {
                requireWrittenRows(store, isNewestLog(files, file), where);
            } catch (MillraceException e) {
                refused++;
                assertEquals(ErrorCode.STORAGE_FAILED, e.code(), where);
                assertTrue(e.getMessage().contains(file.getFileName().toString()), where + ": " + e.getMessage());
                requireIntactRows(copy, where);
            }
        }
        assertTrue(refused > 5, "only " + refused + " stores were refused; seed " + seed);
    }

    /** @param torn whether the end may have been torn off: nobody can tell a flip in the last group from that */
    private static void requireWrittenRows(TieredStore store, boolean torn, String where) {
        for (int i = 0; i < KEYS + VALUES; i++) {
            int key = i % KEYS;
            try {
                int version = version(store, i);
                assertTrue(
                        version == newest(key) || (torn && version >= 1 && version < newest(key)),
                        () -> where + ": version " + version);
            } catch (MillraceException e) {
                assertEquals(ErrorCode.STORAGE_FAILED, e.code(), where);
            }
        }
    }

    /** Without what is damaged, at most the rows of one page are older than they were, or gone. */
    private static void requireIntactRows(Path copy, String where) throws IOException {
        StoreConfig config = StoreFixture.SMALL.withSkipDamage(true);
        try (TieredStore store = TieredStore.open(copy, config, new ArrayList<>())) {
            int intact = 0;
            for (int i = 0; i < KEYS + VALUES; i++) {
                int key = i % KEYS;
                try {
                    int version = version(store, i);
                    assertTrue(version == -1 || (version >= 1 && version <= 3), where);
                    intact += version == newest(key) ? 1 : 0;
                } catch (MillraceException e) {
                    assertEquals(ErrorCode.STORAGE_FAILED, e.code(), where);
                }
            }
            assertTrue(intact >= KEYS / 4, where + ": only " + intact + " rows are intact");
            assertFalse(store.stat().damage().isEmpty(), where);
        }
    }

    /** The first are keys of rows, the others of values. */
    private static int version(TieredStore store, int i) {
        return i < KEYS
                ? StoreFixture.version(store.table("rows"), i)
                : StoreFixture.valueVersion(store.values("values"), i - KEYS);
    }

    private static int newest(int key) {
        return key % 4 == 0 ? 3 : key % 3 != 0 ? 2 : 1;
    }

    @Test
    void open_withASegmentMissing_saysWhich() throws IOException {
        Path gone = packed();
        Files.delete(gone);
        assertFalse(StoreInspection.run(whole).isWhole());
        requireRefused(gone);
        try (TieredStore store = TieredStore.open(whole, StoreFixture.SMALL.withSkipDamage(true), List.of())) {
            MillraceException missing = assertThrows(MillraceException.class, () -> {
                for (int key = 0; key < KEYS; key++) {
                    int ignored = StoreFixture.version(store.table("rows"), key);
                }
            });
            assertTrue(missing.getMessage().contains(gone.getFileName().toString()), missing.getMessage());
        }
    }

    @Test
    void open_ofACutSegment_isRefusedUntilOpenedWithoutWhatIsDamaged() throws IOException {
        Path cut = packed();
        byte[] bytes = Files.readAllBytes(cut);
        Files.write(cut, Arrays.copyOf(bytes, bytes.length / 2));
        requireRefused(cut);
        requireIntactRows(whole, "cut to " + bytes.length / 2);
        try (TieredStore store = StoreFixture.open(whole)) {
            assertEquals(List.of(), store.stat().damage());
        }
    }

    /** The checkpoint knows how far the log was, and the log ends before that. */
    @Test
    void open_ofALogCutBeforeItsCheckpoint_isRefused() throws IOException {
        Path copy = directory.resolve("closed");
        try (TieredStore store = StoreFixture.open(copy, TableSpec.tiered("rows", 64, 1_000, 100_000))) {
            for (int key = 0; key < KEYS; key++) {
                store.table("rows").put(key, StoreFixture.row(key, 1, 8), 0);
            }
            store.checkpoint();
        }
        Path log = StoreFixture.files(copy).stream()
                .filter(path -> path.toString().endsWith(".log"))
                .findFirst()
                .orElseThrow();
        byte[] bytes = Files.readAllBytes(log);
        Files.write(log, Arrays.copyOf(bytes, bytes.length / 2));
        whole = copy;
        requireRefused(log);
    }

    @Test
    void damage_thatAReadMeets_isRememberedByItsFile() throws IOException {
        Path copy = directory.resolve("running");
        int keys = 2_000;
        try (TieredStore store = StoreFixture.open(copy, TableSpec.tiered("rows", 64, 10_000, 20 * 100))) {
            TieredTable rows = store.table("rows");
            for (int key = 0; key < keys; key++) {
                rows.put(key, StoreFixture.row(key, 1, 8), 0);
            }
            store.awaitDurable(store.position());
            assertEquals(List.of(), store.damageSince());
            for (Path file : StoreFixture.files(copy)) {
                if (file.toString().endsWith(".log")) {
                    overwrite(file);
                }
            }
            int refused = 0;
            for (int key = 0; key < keys; key++) {
                try {
                    assertEquals(1, StoreFixture.version(rows, key));
                } catch (MillraceException e) {
                    assertEquals(ErrorCode.STORAGE_FAILED, e.code());
                    refused++;
                }
            }
            int met = refused;
            assertTrue(met > 1, () -> "only " + met + " rows were refused");
            List<String> damage = store.damageSince();
            assertTrue(
                    !damage.isEmpty() && damage.size() < met,
                    () -> met + " rows of few files, each told once: " + damage);
            assertTrue(damage.getFirst().contains(".log"), damage::toString);
        }
    }

    /** All records, in place: whoever has the file open reads it. */
    private static void overwrite(Path file) throws IOException {
        try (FileChannel channel = FileChannel.open(file, StandardOpenOption.WRITE)) {
            long end = channel.size();
            ByteBuffer ones = ByteBuffer.allocate(4096);
            Arrays.fill(ones.array(), (byte) 1);
            for (long at = SegmentFormat.HEADER_BYTES; at < end; at += ones.capacity()) {
                ones.clear().limit((int) Math.min(ones.capacity(), end - at));
                int written = channel.write(ones, at);
                assertTrue(written > 0);
            }
            channel.force(true);
        }
    }

    private Path packed() throws IOException {
        return StoreFixture.files(whole).stream()
                .filter(path -> path.toString().endsWith(".pack"))
                .findFirst()
                .orElseThrow();
    }

    private void requireRefused(Path file) {
        MillraceException refused = assertThrows(
                MillraceException.class, () -> StoreFixture.open(whole).close());
        assertEquals(ErrorCode.STORAGE_FAILED, refused.code());
        assertTrue(refused.getMessage().contains(file.getFileName().toString()), refused.getMessage());
    }
}
