package dev.millrace.benchmarks.store.engine;

import java.nio.file.Path;

/**
 * How a store is opened.
 *
 * @param rows how many rows it will hold
 * @param directory its own folder, which exists
 * @param durable whether a write must be on disk before it is acknowledged
 * @param memoryBytes the memory that it may use for rows, without {@link #INDEX_BYTES} a row; {@link Long#MAX_VALUE} for as
 *     much as it likes
 * @param redis the Redis server's program
 */
public record EngineSetup(long rows, int rowBytes, Path directory, boolean durable, long memoryBytes, String redis) {
    /** What ours takes for each row beside its budget; a store with less of an index gets the rest for rows. */
    public static final int INDEX_BYTES = 34;

    public EngineSetup {
        if (rows < 1 || rowBytes < 1 || memoryBytes < 1) {
            throw new IllegalArgumentException("rows " + rows + ", rowBytes " + rowBytes + " and memoryBytes "
                    + memoryBytes + " must be at least 1");
        }
    }

    public boolean hasBudget() {
        return memoryBytes != Long.MAX_VALUE;
    }
}
