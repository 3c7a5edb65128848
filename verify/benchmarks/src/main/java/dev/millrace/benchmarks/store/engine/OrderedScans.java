package dev.millrace.benchmarks.store.engine;

import java.lang.foreign.MemorySegment;

/** A reader of a store that keeps its rows in the order of their keys. Owned by one thread. */
public interface OrderedScans {
    /**
     * Fills the caller's memory with rows in the order of their unsigned keys, from the first key that is not smaller.
     *
     * @return how many rows there were
     */
    int scan(long from, int count, MemorySegment into);
}
