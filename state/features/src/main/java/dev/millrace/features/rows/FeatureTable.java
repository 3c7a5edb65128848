package dev.millrace.features.rows;

import dev.millrace.storage.tiered.TableSpec;

/** The tables of a state, with the width of their rows; see docs/formats/feature-rows.md. */
public enum FeatureTable {
    /** The stamp, six counts, and one to spare: a cache line. */
    ITEM_COUNTS("item-counts", 8),
    /** The stamp and a count for each hour of the day. */
    ITEM_HOURS("item-hours", 25);

    /** As many as there are ordinals. */
    static final int MAX_ROWS = 1 << 28;

    private final String label;
    private final int longs;

    FeatureTable(String label, int longs) {
        this.label = label;
        this.longs = longs;
    }

    /** The name in the store and in settings. */
    public String label() {
        return label;
    }

    /** How many longs a row has. */
    public int longs() {
        return longs;
    }

    /** The table in the store, with so much memory for its rows. */
    public TableSpec spec(long memoryBytes) {
        return spec(label, memoryBytes);
    }

    /** A table of the same rows under another name. */
    TableSpec spec(String name, long memoryBytes) {
        return TableSpec.tiered(name, longs * Long.BYTES, MAX_ROWS, memoryBytes);
    }
}
