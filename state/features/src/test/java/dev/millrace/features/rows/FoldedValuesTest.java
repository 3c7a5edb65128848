package dev.millrace.features.rows;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.millrace.model.ErrorCode;
import dev.millrace.model.MillraceException;
import dev.millrace.model.UserId;
import dev.millrace.storage.MemoryValueTable;
import dev.millrace.storage.ValueTable;
import org.junit.jupiter.api.Test;

import java.lang.foreign.MemorySegment;
import java.util.Arrays;

/** Rows that change several times in a group of events. */
final class FoldedValuesTest {
    private static final UserId OWNER = new UserId("anna");

    private final CountedTable table = new CountedTable(64);
    private final FoldedValues rows = new FoldedValues(table);
    private final WordRoom room = new WordRoom(2);

    @Test
    void rowOfAGroup_isWrittenOnce_andSeenByReadersFromThenOn() {
        for (int event = 0; event < 10; event++) {
            add(7, event);
        }
        assertEquals(0, table.writes);
        assertArrayEquals(new long[] {}, read(7), "readers wait for the group's end");
        rows.readNewest(7, room);
        assertArrayEquals(new long[] {10, 45}, room.copy(), "the writer does not");
        rows.show();
        assertEquals(1, table.writes);
        assertArrayEquals(new long[] {10, 45}, read(7));
        rows.show();
        assertEquals(1, table.writes, "nothing changed since");
    }

    @Test
    void eventGivenAgain_countsOnce_whetherItsRowIsShownOrNot() {
        add(7, 3);
        add(7, 3);
        rows.show();
        add(7, 3);
        add(7, 2);
        rows.show();
        assertArrayEquals(new long[] {4, 3}, read(7));
        assertEquals(1, table.writes);
    }

    @Test
    void rows_thatTheTableDoesNotTake_waitForTheNextTime() {
        for (int ordinal = 0; ordinal < 4; ordinal++) {
            add(ordinal, 5);
        }
        table.refusals = new MillraceException(ErrorCode.STORAGE_FAILED, "the disk is full");
        table.refusesFrom = 2;
        assertEquals(table.refusals, assertThrows(MillraceException.class, rows::show));
        assertEquals(2, table.writes);
        add(3, 6);
        table.refusesFrom = Integer.MAX_VALUE;
        rows.show();
        assertArrayEquals(new long[] {6, 5}, read(2));
        assertArrayEquals(new long[] {7, 11}, read(3));
    }

    @Test
    void row_ofAnErasedUser_isLeftOut_andTheOthersAreShown() {
        add(1, 5);
        add(2, 5);
        table.refusals = new MillraceException(ErrorCode.CONFLICT, "the user was erased");
        table.refusesFrom = 0;
        rows.show();
        assertEquals(0, table.writes);
        table.refusesFrom = Integer.MAX_VALUE;
        rows.show();
        assertEquals(0, table.writes, "nothing of theirs waits");
        add(2, 6);
        rows.show();
        assertArrayEquals(new long[] {7, 6}, read(2));
    }

    @Test
    void row_thatIsRemovedWhileItWaits_isNotWritten() {
        add(1, 5);
        rows.remove(1);
        rows.show();
        assertEquals(0, table.writes);
        rows.readNewest(1, room);
        assertEquals(0, room.size());
    }

    @Test
    void moreRows_thanMayWait_areWrittenBeforeTheGroupEnds() {
        for (int ordinal = 0; ordinal < 3_000; ordinal++) {
            add(ordinal, ordinal);
        }
        assertTrue(table.writes >= 1_500 && table.writes < 3_000, table.writes + " writes");
        rows.show();
        assertEquals(3_000, table.writes);
        assertArrayEquals(new long[] {3_000, 2_999}, read(2_999));
    }

    @Test
    void waitingRows_takeWhatTheyNeed_andAllTogetherNoMoreThanTheirBound() {
        CountedTable wide = new CountedTable(1_026 * Long.BYTES);
        FoldedValues wideRows = new FoldedValues(wide);
        for (int ordinal = 0; ordinal < 1_000; ordinal++) {
            save(wideRows, ordinal, 0, 8);
        }
        assertEquals(0, wide.writes);
        assertTrue(wideRows.heldBytes() <= 1_000 * 256, wideRows.heldBytes() + " bytes for rows of 64");
        wideRows.show();
        for (int ordinal = 0; ordinal < 1_000; ordinal++) {
            save(wideRows, ordinal, 1, 1_026);
            assertTrue(
                    wideRows.heldBytes()
                            <= FoldedValues.MOST_WAITING_BYTES
                                    + FoldedValues.MOST_SPARE_BYTES
                                    + 2 * wide.maxValueBytes(),
                    wideRows.heldBytes() + " bytes for " + (ordinal + 1) + " rows");
        }
        assertTrue(wide.writes > 1_000, wide.writes + " writes");
        wideRows.show();
        assertEquals(2_000, wide.writes);
        assertTrue(wideRows.heldBytes() <= FoldedValues.MOST_SPARE_BYTES, wideRows.heldBytes() + " bytes to spare");
        WordRoom last = new WordRoom(1_026);
        wideRows.read(999, last);
        assertEquals(1_026, last.size());
    }

    /** A row of one that waits and becomes too much for its bound is shown before it grows further. */
    @Test
    void rowThatGrewWhileItWaited_goesOnFromWhatIsShown() {
        CountedTable wide = new CountedTable(1_026 * Long.BYTES);
        FoldedValues wideRows = new FoldedValues(wide);
        for (int ordinal = 0; ordinal < 600; ordinal++) {
            save(wideRows, ordinal, 0, 8);
        }
        for (int ordinal = 0; ordinal < 600; ordinal++) {
            save(wideRows, ordinal, 1, 1_026);
        }
        assertTrue(wide.writes > 0 && wide.writes < 1_200, wide.writes + " writes");
        save(wideRows, 0, 2, 3);
        wideRows.show();
        WordRoom row = new WordRoom(1_026);
        wideRows.read(0, row);
        assertArrayEquals(new long[] {3, 7, 7}, row.copy());
    }

    private static void save(FoldedValues into, int ordinal, long offset, int words) {
        WordRoom row = new WordRoom(1_026);
        assertTrue(into.edit(ordinal, OWNER, offset, row));
        row.size(words);
        Arrays.fill(row.words(), 1, words, 7);
        into.save(ordinal, OWNER, offset, row);
    }

    /** The row as it was goes beside before its first change, not before each. */
    @Test
    void rowKeptForASnapshot_isThatOfItsOffset() {
        add(1, 5);
        rows.show();
        CountedTable kept = new CountedTable(64);
        rows.keepBefore(kept, 6);
        add(1, 6);
        add(1, 7);
        assertThrows(IllegalStateException.class, () -> rows.keepBefore(kept, 8));
        rows.show();
        assertEquals(1, kept.writes);
        assertEquals(2 * Long.BYTES, kept.get(1, room.memory(), 0));
        assertEquals(6, room.words()[0]);
        assertEquals(5, room.words()[1]);
    }

    /** Of two rows that an event removes the first was, and the second could not be: the event is given again. */
    @Test
    void rowRemovedByAnEventThatIsGivenAgain_staysKept() {
        add(1, 5);
        rows.show();
        CountedTable kept = new CountedTable(64);
        rows.keepBefore(kept, 6);
        for (int time = 0; time < 2; time++) {
            assertTrue(rows.edit(1, OWNER, 6, room));
            rows.remove(1);
        }
        assertEquals(2 * Long.BYTES, kept.get(1, room.memory(), 0));
        assertEquals(5, room.words()[1]);
        assertTrue(rows.edit(2, OWNER, 6, room));
        assertEquals(0, kept.get(2, room.memory(), 0), "that there was none is kept as well");
    }

    /** A row of the stamp and the sum of its events' offsets. */
    private void add(int ordinal, long offset) {
        if (rows.edit(ordinal, OWNER, offset, room)) {
            room.words()[1] = (room.size() == 0 ? 0 : room.words()[1]) + offset;
            room.size(2);
            rows.save(ordinal, OWNER, offset, room);
        }
    }

    private long[] read(int ordinal) {
        WordRoom read = new WordRoom(2);
        rows.read(ordinal, read);
        return read.copy();
    }

    /** A table that counts its writes, and refuses some. */
    private static final class CountedTable implements ValueTable {
        private final MemoryValueTable table;
        private MillraceException refusals = new MillraceException(ErrorCode.INTERNAL, "not set");
        private int refusesFrom = Integer.MAX_VALUE;
        private int writes;

        CountedTable(int maxValueBytes) {
            table = new MemoryValueTable(maxValueBytes, 10_000);
        }

        @Override
        public long put(long key, MemorySegment from, long offset, int bytes) {
            if (writes >= refusesFrom) {
                throw refusals;
            }
            writes++;
            return table.put(key, from, offset, bytes);
        }

        @Override
        public int maxValueBytes() {
            return table.maxValueBytes();
        }

        @Override
        public long size() {
            return table.size();
        }

        @Override
        public int get(long key, MemorySegment into, long offset) {
            return table.get(key, into, offset);
        }

        @Override
        public long getBatch(long[] keys, int count, MemorySegment into, long offset, int[] lengths) {
            return table.getBatch(keys, count, into, offset, lengths);
        }

        @Override
        public long putBatch(long[] keys, int count, MemorySegment from, long offset, int[] lengths) {
            throw new AssertionError("rows of users are written one by one");
        }

        @Override
        public boolean remove(long key) {
            return table.remove(key);
        }

        @Override
        public void forEach(ValueVisitor visitor) {
            table.forEach(visitor);
        }

        @Override
        public void close() {
            table.close();
        }
    }
}
