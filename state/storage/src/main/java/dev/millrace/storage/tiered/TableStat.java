package dev.millrace.storage.tiered;

import dev.millrace.storage.memory.Slab;

/**
 * What a table holds and did.
 *
 * @param rows under how many keys
 * @param exact whether that is so; else there are at most so many, since the index of a start is not settled yet
 * @param residentRows how many of them are in memory
 * @param quantisationError the largest and the mean error that rounding brought so far, as a share of the row's largest value
 */
public record TableStat(
        String name,
        long rows,
        boolean exact,
        long residentRows,
        Memory memory,
        Reads reads,
        QuantisationError quantisationError) {
    /**
     * Bytes of memory, by what they are for.
     *
     * @param committed what got its pages ahead, whether or not rows need it yet
     * @param policy what chooses the rows that stay
     * @param index beside the budget
     */
    public record Memory(Slab.Footprint rows, long committed, long policy, long index, long budget) {
        /** What of the budget is taken. */
        public long taken() {
            return rows.total() + policy;
        }
    }

    /**
     * Reads and moves since the start.
     *
     * @param diskBytes of the rows that were read from disk, or below it
     * @param diskReads how often something was asked for there: a batch asks once for pages that lie side by side
     * @param diskPages how many pages of 4 KB that were
     * @param erased reads of rows whose person's key was dropped, which were answered as if there were none
     * @param promoted rows that came into memory because they were read
     * @param passedOver rows that were read and did not, since too many waited for it or the table was busy
     * @param degraded reads of rows that the cold tier did not give in time, which were answered as if there were none
     */
    public record Reads(
            long resident,
            long fromDisk,
            long absent,
            long erased,
            long degraded,
            long diskBytes,
            long diskReads,
            long diskPages,
            long diskNanos,
            long promoted,
            long passedOver,
            long evicted) {}

    /** How far rows kept as half floats or bytes are from what was written. */
    public record QuantisationError(double largest, double mean) {
        static final QuantisationError NONE = new QuantisationError(0, 0);
    }
}
