package dev.millrace.recommend.live;

import dev.millrace.storage.MemoryRowTable;

/**
 * Item vectors in memory that no budget counts: the reference, and for worlds without a store. Immutable.
 *
 * @param maxItems of each table
 */
public record MemoryVectors(int maxItems) implements VectorTables {
    private static final int DEFAULT_MAX_ITEMS = 1 << 26;

    public MemoryVectors {
        if (maxItems < 1 || maxItems > 1 << 28) {
            throw new IllegalArgumentException("maxItems is " + maxItems + "; give 1 to " + (1 << 28));
        }
    }

    public static MemoryVectors defaults() {
        return new MemoryVectors(DEFAULT_MAX_ITEMS);
    }

    @Override
    public VectorTable make(int dimension) {
        MemoryRowTable rows = new MemoryRowTable(dimension * Float.BYTES, maxItems);
        return new VectorTable(rows, maxItems, rows::close);
    }
}
