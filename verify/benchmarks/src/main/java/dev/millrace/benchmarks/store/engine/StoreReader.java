package dev.millrace.benchmarks.store.engine;

import java.lang.foreign.MemorySegment;

/** One thread's way to read a store. Owned by one thread. */
public interface StoreReader extends AutoCloseable {
    /**
     * Fills the caller's memory, outside the heap, with a row for each key, one behind the other; zeros where a key has none.
     *
     * @return how many keys have a row
     */
    int multiGet(long[] keys, int count, MemorySegment into);

    /**
     * Adds up the rows, which are {@link Int8Rows}, as floats; a key without a row adds nothing.
     *
     * @param sums overwritten; as long as a row has dimensions
     */
    void multiGetPooled(long[] keys, int count, float[] sums);

    @Override
    default void close() {}
}
