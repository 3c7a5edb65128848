package dev.millrace.storage.tiered;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.millrace.model.ErrorCode;
import dev.millrace.model.MillraceException;
import dev.millrace.runtime.Clock;
import dev.millrace.storage.ValueTable;
import dev.millrace.storage.cipher.MasterKey;
import dev.millrace.storage.disk.Disk;
import dev.millrace.storage.personal.ErasureReceipt;
import dev.millrace.storage.personal.KeyTable;
import dev.millrace.storage.personal.SubjectId;
import dev.millrace.storage.segment.SegmentFormat;
import dev.millrace.storage.segment.SegmentScan;
import dev.millrace.storage.segment.StoreLogConfig;
import dev.millrace.storage.segment.StoredRow;
import dev.millrace.testkit.Seed;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

import java.io.IOException;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Random;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicReference;
import java.util.zip.CRC32C;

/** Holds personal tables to it: outside of memory nothing is readable without a person's key, and nothing anywhere once it is dropped. */
class PersonalTableTest {
    private static final String SECRET = "what only this person may know, number ";
    private static final int ROW_BYTES = 256;
    private static final TableSpec NOTES =
            TableSpec.tiered("notes", ROW_BYTES, 100_000, 60 * 400).asPersonal();
    private static final SubjectId ANNA = SubjectId.of("anna@example.com");
    private static final SubjectId BERT = SubjectId.of("bert@example.com");

    private final Random random = Seed.random("PersonalTableTest");

    @TempDir
    private Path directory;

    @SuppressWarnings("NullAway.Init") // opened before each test
    private KeyTable keys;

    @BeforeEach
    void openKeys() throws IOException {
        keys = KeyTable.open(directory.resolve("keys"), List.of(MasterKey.parse("35".repeat(32))), Clock.system());
    }

    @AfterEach
    void closeKeys() throws IOException {
        keys.close();
    }

    private Path store() {
        return directory.resolve("store");
    }

    private TieredStore open(Path at, TableSpec... specs) throws IOException {
        return TieredStore.open(at, StoreFixture.SMALL.withKeys(keys), List.of(specs));
    }

    /** Readers decrypt into room of their thread, where nobody would find what is left when its person is erased. */
    @Test
    void reads_ofRowsOnDisk_leaveNothingPlainInTheirThread() throws IOException {
        TableSpec rows = NOTES.withPlacement(Placement.COLD);
        TableSpec values = TableSpec.values("values", 1_000, 1_000, 1 << 20)
                .withPlacement(Placement.COLD)
                .asPersonal();
        float[] secret = new float[ROW_BYTES / Float.BYTES];
        Arrays.fill(secret, 7);
        MemorySegment row = MemorySegment.ofArray(secret);
        long[] keysOfRows = {1, 2, 3, 4};
        try (TieredStore store = open(store(), rows, values)) {
            for (long key : keysOfRows) {
                long ignored = store.table("notes").putBatch(ANNA, new long[] {key}, 1, row, 0);
                long alsoIgnored = store.values("values").put(ANNA, key, row, 0, ROW_BYTES);
            }
        }
        try (TieredStore store = open(store(), rows, values)) {
            TieredTable table = store.table("notes");
            ReadScratch scratch = table.scratch();
            MemorySegment into = MemorySegment.ofArray(new float[4 * ROW_BYTES / Float.BYTES]);
            assertTrue(table.get(1, into, 0));
            requireForgotten(scratch);
            assertEquals(4, table.getBatch(keysOfRows, 4, into, 0, new boolean[4]));
            requireForgotten(scratch);
            assertEquals(4, table.sum(keysOfRows, 4, null, new float[ROW_BYTES / Float.BYTES]));
            requireForgotten(scratch);
            assertEquals(ROW_BYTES, store.values("values").get(2, into, 0));
            requireForgotten(scratch);
            long end = store.values("values").getBatch(keysOfRows, 4, into, 0, new int[4]);
            assertEquals(4 * ROW_BYTES, end);
            assertEquals(7, into.get(ValueLayout.JAVA_FLOAT_UNALIGNED, end - Float.BYTES));
            requireForgotten(scratch);
        }
    }

    private static void requireForgotten(ReadScratch scratch) {
        MemorySegment plain = scratch.plainOf(ROW_BYTES);
        for (int at = 0; at < ROW_BYTES; at++) {
            assertEquals(0, plain.get(ValueLayout.JAVA_BYTE, at), "decrypted byte " + at);
        }
        for (float value : scratch.rowsOf(ROW_BYTES / Float.BYTES)) {
            assertEquals(0, value);
        }
        for (float value : scratch.sumOf(ROW_BYTES / Float.BYTES)) {
            assertEquals(0, value);
        }
        for (byte value : scratch.bytesOf(ROW_BYTES)) {
            assertEquals(0, value);
        }
    }

    /** Whose a row is stands behind it, wherever the precision lets it end. */
    @ParameterizedTest
    @EnumSource(Precision.class)
    void rows_ofEachPrecision_leaveTheirNeighboursAlone(Precision precision) throws IOException {
        int dimensions = ROW_BYTES / Float.BYTES;
        TableSpec spec = TableSpec.tiered("vectors", ROW_BYTES, 1_000, 1 << 20)
                .withPrecision(precision)
                .asPersonal();
        try (TieredStore store = open(store(), spec)) {
            TieredTable table = store.table("vectors");
            for (int round = 0; round < 3; round++) {
                for (int key = 0; key < 100; key++) {
                    if (round == 0 || key % 3 == round) {
                        float[] row = new float[dimensions];
                        Arrays.fill(row, key + round);
                        long ignored = table.putBatch(
                                key % 2 == 0 ? ANNA : BERT, new long[] {key}, 1, MemorySegment.ofArray(row), 0);
                    }
                }
                for (int key = 0; key < 100; key++) {
                    int newest = key % 3 <= round ? key % 3 : 0;
                    float[] row = new float[dimensions];
                    assertTrue(table.get(key, MemorySegment.ofArray(row), 0));
                    for (float value : row) {
                        assertEquals(key + newest, value, 0.01 * Math.max(1, key + newest), precision + " key " + key);
                    }
                }
            }
            ErasureReceipt ignored = keys.drop(ANNA);
            for (int key = 0; key < 100; key++) {
                assertEquals(key % 2 == 1, table.get(key, MemorySegment.ofArray(new float[dimensions]), 0));
            }
        }
    }

    @Test
    void rows_ofAPersonalTable_areNowhereOnDiskInPlain() throws IOException {
        try (TieredStore store = open(store(), NOTES, TableSpec.tiered("plain", ROW_BYTES, 1_000, 60 * 400))) {
            fill(store);
            store.table("plain").put(1, row(1), 0);
        }
        assertEquals(1, occurrences(store()), "of the one row that is not personal");
        assertEquals(0, occurrences(directory.resolve("keys")));
    }

    @Test
    void drop_ofAPerson_leavesNothingOfTheirsAndAllOfOthers() throws IOException {
        Path copy = directory.resolve("copy");
        try (TieredStore store = open(store(), NOTES)) {
            TieredTable notes = fill(store);
            StoreFixture.copy(store(), copy);
            requireRows(notes, true);
            ErasureReceipt receipt = keys.drop(ANNA);
            assertTrue(receipt.hadKey() && receipt.subject().equals(ANNA), receipt::toString);
            requireRows(notes, false);
            assertTrue(notes.stat().reads().erased() > 0, () -> notes.stat().toString());
            MillraceException refused = assertThrows(MillraceException.class, () -> put(notes, ANNA, 0));
            assertEquals(ErrorCode.CONFLICT, refused.code());
            put(notes, BERT, 1);
        }
        try (TieredStore store = open(store())) {
            store.warmUp();
            requireRows(store.table("notes"), false);
        }
        try (TieredStore store = open(copy)) {
            requireRows(store.table("notes"), false);
        }
        assertEquals(0, occurrences(store()) + occurrences(copy));
    }

    @Test
    void drop_ofAPersonNamedByTheKey_takesTheRowOutOfTheIndexAtOnce() throws IOException {
        try (TieredStore store = open(store(), NOTES)) {
            TieredTable notes = store.table("notes");
            for (int key = 0; key < 500; key++) {
                notes.put(key, row(key), 0);
            }
            assertFalse(notes.stat().residentRows() == 500, "some rows must lie on disk alone");
            for (int key = 0; key < 500; key += 2) {
                assertTrue(keys.drop(SubjectId.of(key)).hadKey());
            }
            assertEquals(250, notes.size());
        }
        try (TieredStore store = open(store())) {
            assertEquals(250, store.table("notes").size());
            for (int key = 0; key < 500; key++) {
                assertEquals(key % 2 == 1, holds(store.table("notes"), key), "key " + key);
            }
        }
    }

    @Test
    void pack_afterADrop_leavesErasedRowsOutAndOutOfTheIndex() throws IOException {
        try (TieredStore store = open(store(), NOTES)) {
            TieredTable notes = fill(store);
            keys.drop(ANNA);
            assertTrue(notes.size() > 1_000, "rows on disk alone are known by reading them");
            for (int key = 0; key < 2_000; key++) {
                if (key % 2 == 1 || key % 10 == 0) {
                    put(notes, BERT, key);
                }
            }
            store.awaitDurable(store.position());
            int packed = store.pack();
            assertTrue(packed > 1, () -> packed + " segments");
            store.checkpoint();
            assertEquals(1_200, notes.size());
        }
        try (TieredStore store = open(store())) {
            assertEquals(1_200, store.table("notes").size());
            for (int key = 0; key < 2_000; key++) {
                assertEquals(key % 2 == 1 || key % 10 == 0, holds(store.table("notes"), key), "key " + key);
            }
        }
    }

    @Test
    void values_ofAPersonalTable_areErasedAsRowsAre() throws IOException {
        TableSpec spec = TableSpec.values("histories", 2_000, 10_000, 400 << 10).asPersonal();
        byte[] text = (SECRET + "of variable length ").repeat(30).getBytes(StandardCharsets.UTF_8);
        byte[] read = new byte[2_000];
        try (TieredStore store = open(store(), spec)) {
            TieredValueTable histories = store.values("histories");
            for (int key = 0; key < 2_000; key++) {
                SubjectId owner = key % 2 == 0 ? ANNA : BERT;
                histories.putBatch(
                        owner, new long[] {key}, 1, MemorySegment.ofArray(text), 0, new int[] {key % text.length});
            }
            store.checkpoint();
            assertTrue(histories.stat().residentRows() < 1_900, histories.stat()::toString);
            for (int key = 0; key < 2_000; key++) {
                assertEquals(key % text.length, histories.get(key, MemorySegment.ofArray(read), 0), "key " + key);
                assertEquals(-1, Arrays.mismatch(text, 0, key % text.length, read, 0, key % text.length));
            }
            assertTrue(keys.drop(ANNA).hadKey());
            for (int key = 0; key < 2_000; key++) {
                int length = key % 2 == 0 ? ValueTable.NONE : key % text.length;
                assertEquals(length, histories.get(key, MemorySegment.ofArray(read), 0), "key " + key);
            }
        }
        try (TieredStore store = open(store())) {
            store.warmUp();
            assertEquals(ValueTable.NONE, store.values("histories").get(1_000, MemorySegment.ofArray(read), 0));
            assertEquals(999 % text.length, store.values("histories").get(999, MemorySegment.ofArray(read), 0));
        }
        assertEquals(0, occurrences(store()));
    }

    @Test
    void readmit_ofAPerson_takesNewRowsAndBringsNoOldOnesBack() throws IOException {
        try (TieredStore store = open(store(), NOTES)) {
            TieredTable notes = fill(store);
            keys.drop(ANNA);
            keys.readmit(ANNA);
            requireRows(notes, false);
            put(notes, ANNA, 0);
            assertTrue(holds(notes, 0));
            assertFalse(holds(notes, 2));
        }
    }

    @Test
    void rows_whilePeopleAreDropped_areNeverSeenAfterwards() throws Exception {
        int people = 200;
        AtomicBoolean stop = new AtomicBoolean();
        AtomicReference<Throwable> failure = new AtomicReference<>();
        AtomicInteger dropped = new AtomicInteger(-1);
        try (TieredStore store = open(store(), NOTES)) {
            TieredTable notes = store.table("notes");
            for (int key = 0; key < people; key++) {
                notes.put(key, row(key), 0);
            }
            List<Thread> threads = new ArrayList<>();
            for (int t = 0; t < 2; t++) {
                boolean writes = t == 0;
                Random own = new Random(random.nextLong());
                threads.add(Thread.ofPlatform().start(() -> {
                    try {
                        while (!stop.get()) {
                            long key = own.nextInt(people);
                            int goneBefore = dropped.get();
                            if (writes) {
                                tryToPut(notes, key);
                            } else if (holds(notes, key)) {
                                assertTrue(key > goneBefore, "row " + key + " after its person was dropped");
                            }
                        }
                    } catch (Throwable e) {
                        failure.set(e);
                    }
                }));
            }
            for (int key = 0; key < people; key++) {
                assertTrue(keys.drop(SubjectId.of(key)).hadKey());
                dropped.set(key);
                assertFalse(holds(notes, key), "row " + key);
            }
            stop.set(true);
            for (Thread thread : threads) {
                thread.join();
            }
            assertEquals(null, failure.get());
            assertEquals(0, notes.stat().residentRows());
        }
    }

    private static void tryToPut(TieredTable notes, long key) {
        try {
            notes.put(key, row(key), 0);
        } catch (MillraceException e) {
            assertEquals(ErrorCode.CONFLICT, e.code());
        }
    }

    @Test
    void drop_whileTheDiskIsFull_takesRowsOutOfMemoryAndSaysSo() throws IOException {
        CrashingFiles disk = new CrashingFiles(Long.MAX_VALUE, random);
        try (TieredStore store = TieredStore.open(
                store(),
                StoreFixture.SMALL
                        .withKeys(keys)
                        .withLog(new StoreLogConfig(256 << 10, 64 << 10, Duration.ZERO, Duration.ofMillis(200))),
                List.of(NOTES),
                new TieredStore.Surroundings(disk, () -> 1_000))) {
            TieredTable notes = store.table("notes");
            // So many that their removals do not fit where the last row did not.
            for (int key = 100; key < 140; key++) {
                put(notes, ANNA, key);
            }
            store.awaitDurable(store.position());
            disk.fillUp(true);
            fillLog(notes);
            MillraceException full = assertThrows(MillraceException.class, () -> keys.drop(ANNA));
            assertEquals(ErrorCode.STORAGE_FAILED, full.code());
            for (int key = 100; key < 140; key++) {
                assertFalse(holds(notes, key), "row " + key);
            }
            disk.fillUp(false);
            assertTrue(keys.drop(ANNA).hadKey());
        }
    }

    /** Until the log takes no more. */
    private static void fillLog(TieredTable notes) {
        assertThrows(MillraceException.class, () -> {
            for (int i = 0; i < 10_000; i++) {
                notes.putBatch(BERT, new long[] {9}, 1, row(9), 0);
            }
        });
    }

    @Test
    void row_movedToAnotherKey_isNotReadThere() throws IOException {
        try (TieredStore store = open(store(), NOTES)) {
            put(store.table("notes"), ANNA, 1);
            put(store.table("notes"), ANNA, 2);
        }
        swapValues();
        try (TieredStore store = open(store())) {
            MillraceException moved = assertThrows(MillraceException.class, () -> holds(store.table("notes"), 1));
            assertEquals(ErrorCode.STORAGE_FAILED, moved.code());
            assertTrue(moved.getMessage().contains("DAMAGED"), moved.getMessage());
            assertEquals(List.of(), store.damageSince(), "a store made anew is read with the same keys");
        }
    }

    /** Exchanges the values of the two rows, with right checksums. */
    private void swapValues() throws IOException {
        Path segment = StoreFixture.files(store()).stream()
                .filter(file -> file.toString().endsWith(".log"))
                .findFirst()
                .orElseThrow();
        ByteBuffer bytes = ByteBuffer.wrap(Files.readAllBytes(segment)).order(ByteOrder.LITTLE_ENDIAN);
        List<Integer> offsets = new ArrayList<>();
        StoredRow row = new StoredRow();
        try (SegmentScan scan = new SegmentScan(segment, 0, SegmentFormat.HEADER_BYTES, Long.MAX_VALUE)) {
            int at = (int) scan.offset();
            while (scan.next(row)) {
                if (row.table == 1 && !scan.isMark()) {
                    offsets.add((int) scan.offset() - SegmentFormat.recordBytes(row.length));
                }
                at = (int) scan.offset();
            }
            assertTrue(at > 0);
        }
        assertEquals(2, offsets.size());
        int length = NOTES.storedBytes();
        byte[] first = new byte[length];
        byte[] second = new byte[length];
        bytes.get(offsets.get(0) + 32, first).get(offsets.get(1) + 32, second);
        bytes.put(offsets.get(0) + 32, second).put(offsets.get(1) + 32, first);
        for (int offset : offsets) {
            CRC32C crc = new CRC32C();
            crc.update(bytes.array(), offset + 4, 28 + length);
            bytes.putInt(offset, (int) crc.getValue());
        }
        Files.write(segment, bytes.array());
    }

    @Test
    void create_ofAPersonalTableWithoutKeys_isRefused() throws IOException {
        try (TieredStore store = StoreFixture.open(store())) {
            MillraceException refused = assertThrows(MillraceException.class, () -> store.create(NOTES));
            assertEquals(ErrorCode.INVALID_REQUEST, refused.code());
            assertTrue(refused.getMessage().contains("key table"), refused.getMessage());
        }
        try (TieredStore store = open(store(), NOTES)) {
            put(store.table("notes"), ANNA, 1);
        }
        assertEquals(
                ErrorCode.INVALID_REQUEST,
                assertThrows(MillraceException.class, () -> StoreFixture.open(store()))
                        .code());
        TableSpec plain = TableSpec.tiered("notes", ROW_BYTES, 100_000, 60 * 400);
        assertThrows(IllegalArgumentException.class, () -> open(store(), plain));
        try (TieredStore store = open(store())) {
            assertTrue(holds(store.table("notes"), 1));
        }
    }

    @Test
    void rows_ofTheirTime_expireAndCannotBeGivenMore() throws IOException {
        AtomicInteger now = new AtomicInteger(1_000);
        TableSpec spec = NOTES.withTtl(Duration.ofSeconds(60));
        try (TieredStore store = TieredStore.open(
                store(),
                StoreFixture.SMALL.withKeys(keys),
                List.of(spec),
                new TieredStore.Surroundings(Disk.local(), now::get))) {
            TieredTable notes = store.table("notes");
            for (int key = 0; key < 200; key++) {
                put(notes, ANNA, key);
            }
            now.set(1_059);
            assertTrue(holds(notes, 0) && holds(notes, 199));
            now.set(1_060);
            assertFalse(holds(notes, 0) || holds(notes, 199));
        }
    }

    /** Anna's rows under even keys, Bert's under odd ones, in several segments, some packed, with checkpoints between. */
    private TieredTable fill(TieredStore store) throws IOException {
        TieredTable notes = store.table("notes");
        for (int round = 0; round < 2; round++) {
            for (int key = 0; key < 2_000; key++) {
                put(notes, key % 2 == 0 ? ANNA : BERT, key);
            }
            store.awaitDurable(store.position());
            store.checkpoint();
        }
        int ignored = store.pack();
        store.checkpoint();
        // Those who are read often are in memory.
        for (int i = 0; i < 500; i++) {
            assertTrue(holds(notes, i % 20));
        }
        return notes;
    }

    private static void requireRows(TieredTable notes, boolean annas) {
        for (int key = 0; key < 2_000; key++) {
            assertEquals(key % 2 == 1 || annas, holds(notes, key), "key " + key);
        }
        long[] batch = {0, 1, 2, 3, 5_000};
        boolean[] found = new boolean[batch.length];
        MemorySegment rows = MemorySegment.ofArray(new byte[batch.length * ROW_BYTES]);
        assertEquals(annas ? 4 : 2, notes.getBatch(batch, batch.length, rows, 0, found));
    }

    private static void put(TieredTable notes, SubjectId owner, long key) {
        long ignored = notes.putBatch(owner, new long[] {key}, 1, row(key), 0);
    }

    /** Whether the table has the key's row, which must be right. */
    private static boolean holds(TieredTable notes, long key) {
        MemorySegment row = MemorySegment.ofArray(new byte[ROW_BYTES]);
        if (!notes.get(key, row, 0)) {
            return false;
        }
        assertEquals(-1, row.mismatch(row(key)), "key " + key);
        return true;
    }

    private static MemorySegment row(long key) {
        byte[] row = new byte[ROW_BYTES];
        byte[] text = (SECRET + key).getBytes(StandardCharsets.UTF_8);
        System.arraycopy(text, 0, row, 100, text.length);
        return MemorySegment.ofArray(row);
    }

    /** How often the planted text stands in the files of a folder. */
    private static int occurrences(Path folder) throws IOException {
        int count = 0;
        for (Path file : StoreFixture.files(folder)) {
            String bytes = Files.readString(file, StandardCharsets.ISO_8859_1);
            for (int at = bytes.indexOf(SECRET); at >= 0; at = bytes.indexOf(SECRET, at + 1)) {
                count++;
            }
        }
        return count;
    }
}
