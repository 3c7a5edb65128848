package dev.millrace.storage.tiered;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.millrace.storage.FoundRows;
import dev.millrace.storage.RowMatrix;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

import java.io.IOException;
import java.lang.foreign.MemorySegment;
import java.nio.file.Path;
import java.util.Objects;
import java.util.stream.LongStream;

/** Rows of a volatile table, read where they lie. */
class RowsInPlaceTest {
    private static final int LONGS = 10;
    private static final int ROWS = 2_000;

    @TempDir
    private Path directory;

    private TieredStore store;
    private TieredTable table;
    private RowMatrix matrix;
    private final FoundRows rows = new FoundRows(ROWS);

    @BeforeEach
    void open() throws IOException {
        store = StoreFixture.open(directory, TableSpec.pinned("pinned", LONGS * Long.BYTES, ROWS));
        table = store.create(TableSpec.inMemory("vectors", LONGS * Long.BYTES, 3 * ROWS, Long.MAX_VALUE));
        matrix = Objects.requireNonNull(table.matrix());
        put(0, ROWS, 1);
    }

    @AfterEach
    void close() throws IOException {
        store.close();
    }

    private void put(int from, int to, int version) {
        for (int key = from; key < to; key++) {
            table.put(key, StoreFixture.row(key, version, LONGS), 0);
        }
    }

    @Test
    void find_ofManyKeys_saysWhereEachRowLies() {
        // More than one block of them, and keys without a row between.
        long[] keys =
                LongStream.range(0, 1_500).map(i -> i % 7 == 3 ? ROWS + i : i).toArray();
        long present = LongStream.of(keys).filter(key -> key < ROWS).count();
        assertEquals(present, matrix.find(keys, keys.length, rows));
        MemorySegment memory = matrix.memory();
        assertEquals((long) matrix.slots() * matrix.pitch(), memory.byteSize());
        for (int i = 0; i < keys.length; i++) {
            long slot = rows.slots()[i];
            if (keys[i] >= ROWS) {
                assertEquals(-1, slot);
                continue;
            }
            MemorySegment row = memory.asSlice(slot * matrix.pitch(), LONGS * Long.BYTES);
            assertEquals(-1, row.mismatch(StoreFixture.row(keys[i], 1, LONGS)), "key " + keys[i]);
        }
        assertTrue(matrix.areUnchanged(rows));
    }

    @Test
    void areUnchanged_afterAWriteOfAnotherKey_isTrue() {
        matrix.find(new long[] {5, 6, 7}, 3, rows);
        put(8, 20, 2);
        assertTrue(table.remove(9));
        assertTrue(matrix.areUnchanged(rows));
    }

    @Test
    void areUnchanged_afterAnyChangeOfAKey_isFalse() {
        long[] keys = {5, ROWS + 5, 7};
        matrix.find(keys, 3, rows);
        put(7, 8, 1); // the same bytes, elsewhere
        assertFalse(matrix.areUnchanged(rows));
        matrix.find(keys, 3, rows);
        table.put(ROWS + 5L, StoreFixture.row(ROWS + 5L, 1, LONGS), 0);
        assertFalse(matrix.areUnchanged(rows), "there was no row");
        matrix.find(keys, 3, rows);
        assertTrue(table.remove(5));
        assertFalse(matrix.areUnchanged(rows), "the row is gone");
        matrix.find(keys, 3, rows);
        assertTrue(matrix.areUnchanged(rows));
    }

    @Test
    void areUnchanged_afterTheIndexHasGrown_isFalseOnce() {
        long[] keys = {1};
        matrix.find(keys, 1, rows);
        put(ROWS, 3 * ROWS, 1);
        assertFalse(matrix.areUnchanged(rows));
        matrix.find(keys, 1, rows);
        assertTrue(matrix.areUnchanged(rows));
    }

    @Test
    void find_inATableThatWasDropped_findsNothing() {
        long[] keys = {1, 2};
        assertEquals(2, matrix.find(keys, 2, rows));
        store.drop("vectors");
        assertFalse(matrix.areUnchanged(rows));
        assertEquals(0, matrix.find(keys, 2, rows));
        assertEquals(-1, rows.slots()[0]);
    }

    @Test
    void find_isCountedAsReadsOfTheTable() {
        TableStat.Reads before = table.stat().reads();
        matrix.find(new long[] {1, 2, ROWS + 1}, 3, rows);
        TableStat.Reads after = table.stat().reads();
        assertEquals(2, after.resident() - before.resident());
        assertEquals(1, after.absent() - before.absent());
    }

    @Test
    void find_ofMoreKeysThanThereIsRoomFor_isRefused() {
        assertThrows(IndexOutOfBoundsException.class, () -> matrix.find(new long[3], 3, new FoundRows(2)));
    }

    @Test
    void matrix_ofATableWithRowsOnDisk_isNone() {
        assertNull(store.table("pinned").matrix());
    }
}
