package dev.millrace.storage.tiered;

/** What a row looks like in memory. On disk it is as it was written. */
public enum Precision {
    /** As it was written. */
    EXACT,
    /** A row of floats is kept as half floats: half of the memory, each value within 1/2048 of itself, none above 65,504. */
    FLOAT16,
    /**
     * A row of floats is kept as signed bytes and one scale: a quarter of the memory, each value within half a step of the
     * scale, which is rounded up to the bits that are left beside the number of the row: by 0.4 % at most where a table has room for 8 million, by
     * an eighth where it has for 200 million.
     */
    INT8
}
