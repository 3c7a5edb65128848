package dev.millrace.storage.cold;

/** What became of a read from the cold tier. All but {@link #WHOLE} are answered with the table's default row. */
public enum ColdRead {
    /** Every byte was read and verified. */
    WHOLE,
    /** There is no such object. */
    ABSENT,
    /** The answer did not come in time; it is cached when it comes. */
    LATE,
    /** The store failed. */
    FAILED,
    /** What the store gave is not what was sealed. */
    DAMAGED,
    /** The store was not asked: it failed or was slow too often, or too many reads wait for it. */
    REFUSED;

    public boolean isWhole() {
        return this == WHOLE;
    }
}
