package dev.millrace.benchmarks.store.engine;

import java.io.IOException;
import java.lang.foreign.MemorySegment;

/**
 * A store under measurement: fixed-size rows under 64-bit keys. One thread loads and writes; each reading thread has a
 * {@link StoreReader} of its own.
 */
public interface StoreEngine extends AutoCloseable {
    /** Puts every row of an empty store, in the way that is fastest for it. */
    void load(RowSource rows) throws IOException;

    /** A reader for one thread. */
    StoreReader newReader();

    /**
     * Adds or replaces rows, which lie one behind the other. When it returns they are read by everybody, and are on disk
     * where the store was opened durable.
     */
    void upsert(long[] keys, int count, MemorySegment rows) throws IOException;

    /** Whether it has done what it does by itself after a start, as far as it can say: it will not become faster without being read. */
    default boolean isWarm() {
        return true;
    }

    /** What the store says it holds in memory or in its files; 0 where it cannot say. */
    default long ownBytes() {
        return 0;
    }

    /** CPU time of a server process of the store's own. */
    default long serverCpuNanos() {
        return 0;
    }

    /** Resident memory of a server process of the store's own. */
    default long serverResidentBytes() {
        return 0;
    }

    @Override
    void close() throws IOException;
}
