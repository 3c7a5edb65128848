package dev.millrace.storage;

import java.lang.foreign.MemorySegment;

/**
 * The memory of a table that has all its rows there, as one matrix to be read in place: each row lies in a slot. Any thread.
 *
 * <p>A row is never changed where it lies, but its slot is written again once the row has gone elsewhere. Who reads in place
 * finds the slots, reads them, and asks whether the rows still lie there: if not, what was read may be half of another row. The
 * memory stays as long as its segment, or a buffer over it, is reachable; of a table that was dropped it is zero.
 */
public interface RowMatrix {
    /** All slots one behind the other. */
    MemorySegment memory();

    /** How many slots there are. */
    int slots();

    /** How many bytes lie between the beginnings of one slot and the next; behind a row, they are zero. */
    int pitch();

    /**
     * Notes where the rows of keys lie now, and has them on their way to the cache.
     *
     * @return how many of the keys have a row
     */
    int find(long[] keys, int count, FoundRows rows);

    /** Whether the keys that were found last have the same rows still, or still have none. */
    boolean areUnchanged(FoundRows rows);
}
