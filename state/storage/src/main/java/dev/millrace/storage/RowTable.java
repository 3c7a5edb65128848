package dev.millrace.storage;

import org.jspecify.annotations.Nullable;

import java.lang.foreign.MemorySegment;

/**
 * A table of fixed-size rows under 64-bit keys.
 *
 * <p>One thread writes; any number of threads read without locks and see each row whole: as it was before or after a
 * write, never a mixture. Nothing allocates but growth.
 */
public interface RowTable extends AutoCloseable {
    int rowBytes();

    /** The number of rows. */
    long size();

    /** @return whether the key has a row, which then lies at {@code offset} of {@code into}; otherwise nothing is written */
    boolean get(long key, MemorySegment into, long offset);

    /**
     * Reads rows one behind the other into {@code into}, the first at {@code offset}. A key without a row gives zeros.
     *
     * @param found where {@code found[i]} says whether {@code keys[i]} has a row
     * @return how many have one
     */
    int getBatch(long[] keys, int count, MemorySegment into, long offset, boolean[] found);

    /** Adds or replaces a row. Called by the writing thread alone. */
    void put(long key, MemorySegment from, long offset);

    /** @return whether there was a row. Called by the writing thread alone. */
    boolean remove(long key);

    /**
     * Whether the row that this thread asked for last, or one of the batch, is absent only because a tier did not give it in time: who
     * would replace it must not take it for none.
     */
    default boolean wasOutOfReach() {
        return false;
    }

    /** Its rows as they lie in memory, to be read in place; nothing for a table whose rows lie elsewhere as well, or in pieces. */
    default @Nullable RowMatrix matrix() {
        return null;
    }

    /** Visits every row in no particular order. Called by the writing thread alone. */
    void forEach(RowVisitor visitor);

    /** Frees the memory; no thread may read any more. */
    @Override
    void close();

    /** Sees one row of a table; the memory is the table's own and valid only during the call. */
    @FunctionalInterface
    interface RowVisitor {
        void visit(long key, MemorySegment rows, long offset);
    }
}
