package dev.millrace.storage.tiered;

/**
 * What a table holds and did.
 *
 * @param rows under how many keys
 * @param residentRows how many of them are in memory
 * @param quantisationError the largest and the mean error that rounding brought so far, as a share of the row's largest value
 */
public record TableStat(
        String name, long rows, long residentRows, Memory memory, Reads reads, QuantisationError quantisationError) {
    /** Bytes of memory, by what they are for. */
    public record Memory(long rows, long policy, long index, long budget) {}

    /**
     * Reads and moves since the start.
     *
     * @param erased reads of rows whose person's key was dropped, which were answered as if there were none
     */
    public record Reads(
            long resident,
            long fromDisk,
            long absent,
            long erased,
            long diskBytes,
            long diskNanos,
            long promoted,
            long evicted) {}

    /** How far rows kept as half floats or bytes are from what was written. */
    public record QuantisationError(double largest, double mean) {
        static final QuantisationError NONE = new QuantisationError(0, 0);
    }
}
