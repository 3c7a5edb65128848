package dev.millrace.storage.tiered;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.millrace.model.MillraceException;
import dev.millrace.storage.disk.Disk;
import dev.millrace.storage.segment.Checkpoint;
import dev.millrace.storage.segment.Segment;
import dev.millrace.testkit.Seed;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

import java.io.IOException;
import java.io.RandomAccessFile;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.Arrays;
import java.util.List;
import java.util.Objects;
import java.util.Random;
import java.util.Set;

/** Increments of checkpoints, and starts whose index is not settled yet. */
class StoreIncrementTest {
    private static final int KEYS = 9_000;
    private static final TableSpec ROWS = TableSpec.tiered("rows", 64, 100_000, 300 * 100);
    /** Index files of a few pages are large here: increments are made while they are written. */
    private static final StoreConfig CONFIG = StoreFixture.SMALL.withCheckpointBytes(1 << 20);

    @TempDir
    private Path directory;

    /** The newest version of each key; −1 for none. */
    private final int[] expected = new int[KEYS];

    private int version;

    /** Nothing happens in it but what is asked for. */
    private TieredStore open() throws IOException {
        return open(Disk.local());
    }

    private TieredStore open(Disk disk) throws IOException {
        return TieredStore.open(
                directory, CONFIG, List.of(ROWS), new TieredStore.Surroundings(disk, () -> 1_000, false));
    }

    private void fill(TieredStore store) {
        for (int key = 0; key < KEYS; key++) {
            put(store, key);
        }
    }

    private void put(TieredStore store, int key) {
        expected[key] = ++version;
        store.table("rows").put(key, StoreFixture.row(key, version, 8), 0);
    }

    private void change(TieredStore store, Random random, int count) {
        for (int i = 0; i < count; i++) {
            int key = random.nextInt(KEYS);
            if (random.nextInt(4) == 0) {
                assertEquals(expected[key] >= 0, store.table("rows").remove(key), "key " + key);
                expected[key] = -1;
            } else {
                put(store, key);
            }
        }
    }

    private void requireAll(TieredStore store) {
        for (int key = 0; key < KEYS; key++) {
            assertEquals(expected[key], StoreFixture.version(store.table("rows"), key), "key " + key);
        }
        long rows = Arrays.stream(expected).filter(version -> version >= 0).count();
        assertEquals(rows, store.table("rows").size());
    }

    /** Ends without a checkpoint, everything written being on disk. */
    private static void kill(TieredStore store) throws IOException {
        store.awaitDurable(store.position());
        store.abandon();
    }

    private Checkpoint checkpoint() throws IOException {
        return Checkpoint.read(Objects.requireNonNull(Checkpoint.newest(directory)));
    }

    private int deltas() throws IOException {
        return checkpoint().tables().getFirst().deltas().size();
    }

    @Test
    void store_killedAgainAndAgainBeforeItsIndexIsSettled_losesNothing() throws IOException {
        Random random = Seed.random("StoreIncrementTest.killed");
        Arrays.fill(expected, -1);
        TieredStore store = open();
        fill(store);
        store.checkpoint();
        for (int life = 0; life < 6; life++) {
            change(store, random, 2_000);
            if (life % 2 == 0) {
                assertTrue(store.increment());
            }
            change(store, random, 500);
            kill(store);
            store = open();
            assertFalse(store.table("rows").view().isSettled());
            for (int i = 0; i < 3_000; i++) {
                int key = random.nextInt(KEYS);
                assertEquals(expected[key], StoreFixture.version(store.table("rows"), key), "key " + key);
            }
            assertEquals(Set.of("rows"), store.tableNames());
            assertFalse(store.table("rows").view().isSettled(), "reads settle nothing, nor do names");
        }
        assertEquals(3, deltas());
        requireAll(store);
        assertTrue(store.table("rows").view().isSettled());
        store.close();
        assertEquals(0, deltas());
        try (TieredStore last = open()) {
            requireAll(last);
        }
    }

    @Test
    void rows_changedWhileTheIndexIsSettledBitByBit_areAsChanged() throws IOException {
        Random random = Seed.random("StoreIncrementTest.settled");
        Arrays.fill(expected, -1);
        for (int round = 0; round < 4; round++) {
            try (TieredStore store = open()) {
                if (round == 0) {
                    fill(store);
                    store.checkpoint();
                }
                change(store, random, 1_000);
                assertTrue(store.increment());
                change(store, random, 1_000);
                kill(store);
            }
            try (TieredStore store = open()) {
                TieredTable table = store.table("rows");
                int turns = 0;
                while (!table.view().isSettled()) {
                    turns++;
                    change(store, random, 3);
                    settleSome(table, 1 + random.nextInt(400));
                }
                assertTrue(turns > 50, "only " + turns + " turns");
                requireAll(store);
            }
        }
    }

    /** They go to the index, and to the copy of it and of the deltas, which has the room that was needed when it was begun. */
    @Test
    void newKeys_whileTheIndexIsSettled_findRoomInTheCopy() throws IOException {
        for (int first = 20; first <= 400; first += 20) {
            Path at = directory.resolve("first" + first);
            TieredStore store = TieredStore.open(at, CONFIG, List.of(ROWS), idle());
            int keys = putNew(store, 0, first);
            store.checkpoint();
            for (int increment = 0; increment < 3; increment++) {
                keys = putNew(store, keys, first / 5);
                assertTrue(store.increment());
            }
            kill(store);
            try (TieredStore again = TieredStore.open(at, CONFIG, List.of(ROWS), idle())) {
                settleSome(again.table("rows"), 1);
                keys = putNew(again, keys, 300);
                assertEquals(keys, again.table("rows").size());
                for (int key = 0; key < keys; key++) {
                    assertEquals(1, StoreFixture.version(again.table("rows"), key), first + ", key " + key);
                }
                again.abandon();
            }
        }
    }

    private static TieredStore.Surroundings idle() {
        return new TieredStore.Surroundings(Disk.local(), () -> 1_000, false);
    }

    private static int putNew(TieredStore store, int from, int count) {
        for (int key = from; key < from + count; key++) {
            store.table("rows").put(key, StoreFixture.row(key, 1, 8), 0);
        }
        return from + count;
    }

    private static void settleSome(TieredTable table, int cells) {
        table.lock().lock();
        try {
            table.growIndex(cells);
        } finally {
            table.lock().unlock();
        }
    }

    @Test
    void batches_ofAnIndexThatIsNotSettled_areThoseOfOneThatIs() throws IOException {
        Random random = Seed.random("StoreIncrementTest.batches");
        Arrays.fill(expected, -1);
        TieredStore before = open();
        fill(before);
        before.checkpoint();
        change(before, random, 3_000);
        kill(before);
        try (TieredStore store = open()) {
            TieredTable table = store.table("rows");
            long[] keys = random.longs(500, 0, KEYS + 100).toArray();
            byte[] first = batch(table, keys);
            assertFalse(table.view().isSettled());
            table.upkeep().settle();
            assertTrue(Arrays.equals(first, batch(table, keys)));
        }
    }

    private static byte[] batch(TieredTable table, long[] keys) {
        byte[] rows = new byte[keys.length * 64 + 4];
        boolean[] found = new boolean[keys.length];
        int hits = table.getBatch(keys, keys.length, MemorySegment.ofArray(rows), 0, found);
        ByteBuffer.wrap(rows).putInt(keys.length * 64, hits);
        return rows;
    }

    @Test
    void increments_afterPacking_keepWhatTheIndexFilesName() throws IOException {
        Random random = Seed.random("StoreIncrementTest.packing");
        Arrays.fill(expected, -1);
        TieredStore store = open();
        fill(store);
        store.checkpoint();
        change(store, random, 9_000);
        assertTrue(store.increment());
        store.awaitDurable(store.position());
        assertTrue(store.pack() > 0);
        change(store, random, 500);
        assertTrue(store.increment());
        kill(store);
        store = open();
        requireAll(store);
        assertTrue(store.pack() > 0);
        assertTrue(store.increment());
        store.checkpoint();
        requireAll(store);
        kill(store);
        try (TieredStore last = open()) {
            requireAll(last);
        }
    }

    /** Of which a byte is flipped: whoever reads it finds damage. */
    @Test
    void increment_ofWhatTheLogRemembers_readsNoSegment() throws IOException {
        Arrays.fill(expected, -1);
        TieredStore store = open();
        fill(store);
        store.checkpoint();
        put(store, 3);
        store.awaitDurable(store.position());
        flipLastByteOfRow(store);
        put(store, 4);
        assertTrue(store.increment());
        assertEquals(1, deltas());
        kill(store);
        try (TieredStore again = open()) {
            assertEquals(expected[4], StoreFixture.version(again.table("rows"), 4));
            assertThrows(MillraceException.class, () -> StoreFixture.version(again.table("rows"), 3));
            again.abandon();
        }
    }

    /** Of the newest row. */
    private static void flipLastByteOfRow(TieredStore store) throws IOException {
        Segment newest = store.segments().all().getLast();
        try (RandomAccessFile file = new RandomAccessFile(newest.path().toFile(), "rw")) {
            long at = newest.written() - 1;
            file.seek(at);
            int last = file.read();
            file.seek(at);
            file.write(last ^ 1);
        }
    }

    @Test
    void increment_ofMoreThanTheLogRemembers_readsTheSegments() throws IOException {
        int changes = (1 << 20) + 1_000;
        TableSpec numbers = TableSpec.pinned("numbers", Long.BYTES, 1_000);
        StoreConfig config = StoreConfig.defaults();
        TieredStore store = TieredStore.open(directory, config, List.of(numbers), idle());
        MemorySegment row = MemorySegment.ofArray(new long[1]);
        store.checkpoint();
        for (long i = 0; i < changes; i++) {
            row.set(ValueLayout.JAVA_LONG, 0, i);
            store.table("numbers").put(i % 700, row, 0);
        }
        assertTrue(store.table("numbers").remove(699));
        assertTrue(store.increment());
        assertEquals(1, deltas());
        kill(store);
        try (TieredStore again = TieredStore.open(directory, config, List.of(numbers), idle())) {
            for (long key = 0; key < 699; key++) {
                assertTrue(again.table("numbers").get(key, row, 0), "key " + key);
                assertEquals(changes - 1 - (changes - 1 - key) % 700, row.get(ValueLayout.JAVA_LONG, 0));
            }
            assertEquals(699, again.table("numbers").size());
            again.abandon();
        }
    }

    @Test
    void table_madeAfterTheIndexFiles_livesInDeltasAlone() throws IOException {
        Arrays.fill(expected, -1);
        TieredStore store = open();
        store.checkpoint();
        TieredTable late = store.create(TableSpec.tiered("late", 64, 1_000, 10_000));
        TieredTable gone = store.create(TableSpec.tiered("gone", 64, 1_000, 10_000));
        for (int key = 0; key < 200; key++) {
            late.put(key, StoreFixture.row(key, 1, 8), 0);
            gone.put(key, StoreFixture.row(key, 1, 8), 0);
        }
        assertTrue(store.increment());
        store.publish("name", "late");
        store.drop("gone");
        late.put(7, StoreFixture.row(7, 2, 8), 0);
        kill(store);
        try (TieredStore again = open()) {
            TieredTable found = again.current("name");
            for (int key = 0; key < 200; key++) {
                assertEquals(key == 7 ? 2 : 1, StoreFixture.version(found, key));
            }
            assertEquals(200, found.size());
            assertThrows(MillraceException.class, () -> again.table("gone"));
            assertTrue(again.increment());
            again.abandon();
        }
        try (TieredStore again = open()) {
            assertEquals(200, again.current("name").size());
        }
    }

    /** The disk lets a writer in whenever a part of an index file is written. */
    @Test
    void increments_madeWhileIndexFilesAreWritten_areNotLostWithTheOldOnes() throws IOException {
        Random random = Seed.random("StoreIncrementTest.meanwhile");
        Arrays.fill(expected, -1);
        InterruptedDisk disk = new InterruptedDisk();
        TieredStore store = open(disk);
        fill(store);
        store.checkpoint();
        int before = deltas();
        TieredStore writing = store;
        disk.interruption = () -> change(writing, random, 3_000);
        store.checkpoint();
        disk.interruption = () -> {};
        assertEquals(0, before);
        assertTrue(deltas() > 0, "no increment was made while index files were written");
        change(store, random, 100);
        kill(store);
        try (TieredStore again = open()) {
            requireAll(again);
        }
    }

    @Test
    void store_endedWhileIndexFilesAreWritten_opensAtTheIncrementBefore() throws IOException {
        Random random = Seed.random("StoreIncrementTest.ended");
        Arrays.fill(expected, -1);
        InterruptedDisk disk = new InterruptedDisk();
        TieredStore store = open(disk);
        fill(store);
        store.checkpoint();
        for (int end = 1; end <= 8; end++) {
            int[] left = {end};
            TieredStore writing = store;
            disk.interruption = () -> {
                change(writing, random, 3_000);
                if (--left[0] == 0) {
                    throw new IllegalStateException("the end");
                }
            };
            try {
                store.checkpoint();
            } catch (IllegalStateException e) {
                assertEquals("the end", e.getMessage());
            }
            disk.interruption = () -> {};
            kill(store);
            store = open(disk);
            requireAll(store);
            store.checkpoint();
        }
        store.close();
    }

    @Test
    void delta_damaged_isNamedAndTheNextStartDoesWithoutIt() throws IOException {
        Random random = Seed.random("StoreIncrementTest.damaged");
        Arrays.fill(expected, -1);
        TieredStore store = open();
        fill(store);
        store.checkpoint();
        change(store, random, 3_000);
        assertTrue(store.increment());
        kill(store);
        Path delta = directory.resolve(checkpoint().tables().getFirst().deltas().getFirst());
        try (FileChannel file = FileChannel.open(delta, StandardOpenOption.WRITE)) {
            int ignored = file.write(ByteBuffer.wrap(new byte[] {77}), 4096 + 1_000);
        }
        assertFalse(StoreInspection.run(directory).isWhole());
        TieredStore damaged = open();
        MillraceException e = assertThrows(
                MillraceException.class, () -> damaged.table("rows").size());
        assertTrue(String.valueOf(e.getMessage()).contains(delta.getFileName().toString()), e.toString());
        kill(damaged);
        Files.delete(delta);
        try (TieredStore again = open()) {
            assertFalse(again.stat().damage().isEmpty());
            requireAll(again);
        }
    }
}
