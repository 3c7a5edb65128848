package dev.millrace.storage.tiered;

/** Where the rows of a table are read from. All of them are on disk in any case, but for those of volatile tables. */
public enum Placement {
    /** All rows stay in memory; a row for which there is no room is refused. */
    PINNED,
    /** The rows that are asked for most stay in memory. */
    TIERED,
    /** Rows are in memory until they are on disk, and are read from there. */
    COLD,
    /**
     * All rows stay in memory, are nowhere else, and end with the store, the table as well: for what is made again from what somebody
     * else keeps. Visiting its rows keeps writers waiting.
     */
    VOLATILE;

    /** Whether a row for which there is no room is refused, since none may leave memory. */
    boolean keepsAll() {
        return this == PINNED || this == VOLATILE;
    }

    /** Whether rows are written to segments as well, and found there by the next start. */
    boolean isDurable() {
        return this != VOLATILE;
    }
}
