package dev.millrace.storage.tiered;

/** Where the rows of a table are read from. All of them are on disk in any case. */
public enum Placement {
    /** All rows stay in memory; a row for which there is no room is refused. */
    PINNED,
    /** The rows that are asked for most stay in memory. */
    TIERED,
    /** Rows are in memory until they are on disk, and are read from there. */
    COLD
}
