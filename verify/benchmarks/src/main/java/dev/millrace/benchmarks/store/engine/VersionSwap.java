package dev.millrace.benchmarks.store.engine;

import java.io.IOException;

/** A store that loads a new version of all rows beside the one that is read, and then switches at once. */
public interface VersionSwap {
    /** When it returns, every reader reads the rows of the given version. */
    void swap(RowSource rows, long version) throws IOException;
}
