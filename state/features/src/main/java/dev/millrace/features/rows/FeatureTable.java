package dev.millrace.features.rows;

import dev.millrace.storage.tiered.TableSpec;

/** The tables of a state, with the width of their rows; see docs/formats/feature-rows.md. */
public enum FeatureTable {
    /** The stamp, six counts, and one to spare: a cache line. */
    ITEM_COUNTS("item-counts", 8),
    /** The stamp and a count for each hour of the day. */
    ITEM_HOURS("item-hours", 25),
    /** The stamp, how much there is of each part, a time, and at most 128 actions, 128 topics and 256 items. */
    USERS("user-rows", 3 + 128 + 128 + 256 / 2),
    /** The stamp, how many bytes follow, and these: 8 KB at most. */
    USER_ATTRIBUTES("user-attributes", 2 + 1024);

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

    /** Whether each row is as long as it needs. */
    public boolean isVariable() {
        return isPersonal();
    }

    /** Whether each row is a user's, with whose key it is encrypted outside of memory. */
    public boolean isPersonal() {
        return this == USERS || this == USER_ATTRIBUTES;
    }

    /** How many longs a row has, at most where rows have lengths of their own. */
    public int longs() {
        return longs;
    }

    /** The table in the store, with so much memory for its rows. */
    public TableSpec spec(long memoryBytes) {
        return spec(label, memoryBytes);
    }

    /** A table of the same rows under another name. */
    TableSpec spec(String name, long memoryBytes) {
        return isVariable()
                ? TableSpec.values(name, longs * Long.BYTES, MAX_ROWS, memoryBytes)
                : TableSpec.tiered(name, longs * Long.BYTES, MAX_ROWS, memoryBytes);
    }
}
