package dev.millrace.benchmarks.store.engine;

import java.lang.foreign.MemorySegment;

/**
 * Rows whose every byte follows from key and version, so that a reader's bytes can be checked without a second copy.
 * Immutable.
 *
 * <p>Row {@code i} has the key {@code mix(i)}, which is different for each {@code i} and in no order.
 */
public interface RowSource {
    long count();

    int rowBytes();

    default long key(long row) {
        return mix(row + 1);
    }

    /** Writes the row of a key at an offset. */
    void write(long key, long version, MemorySegment into, long offset);

    /** @return whether the bytes at the offset are the row of the key, whichever version it says it is */
    boolean isRow(long key, MemorySegment rows, long offset);

    /** SplitMix64's finaliser: a bijection in which each bit of the input changes half of the output's bits. */
    static long mix(long x) {
        x = (x ^ (x >>> 30)) * 0xbf58476d1ce4e5b9L;
        x = (x ^ (x >>> 27)) * 0x94d049bb133111ebL;
        return x ^ (x >>> 31);
    }
}
