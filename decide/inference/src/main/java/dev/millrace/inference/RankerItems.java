package dev.millrace.inference;

import ai.onnxruntime.OnnxTensor;
import dev.millrace.storage.FoundRows;

/**
 * The vectors of all items as a table that a ranker's graph gathers from in place (any thread reads; writers exclude each other).
 */
sealed interface RankerItems extends AutoCloseable permits DenseItems, StoredItems {
    /** Stands for no item at all, as padding does. */
    long NOTHING = -1;

    /** The row of nothing, and of what has no vector: it is zero. */
    long NOTHING_ROW = 0;

    /** The table; another one where it has grown, which has all rows of the one before. */
    OnnxTensor tensor();

    /**
     * Finds the rows that items have now.
     *
     * @param found notes where, for {@link #areUnchanged}
     * @param rows gets a row of the table for each item
     */
    void find(long[] items, int count, FoundRows found, long[] rows);

    /** Whether the rows that were found are still those of the items: else what was gathered of them may be half of others. */
    boolean areUnchanged(FoundRows found);

    /** Runs while no vector is given. */
    void undisturbed(Runnable call);

    /** @return false where there is no room for one more */
    boolean put(int item, float[] vector);

    /** How many items have a row. */
    long count();

    /** Whether an item was refused; rows never go, so each later one is as well. */
    boolean isFull();

    @Override
    void close();
}
