package dev.millrace.storage.tiered;

/** What became of reading a row. All but {@link #FOUND} leave the caller with the default row. */
public enum RowOutcome {
    FOUND,
    /** There is none, or its time is over. */
    ABSENT,
    /** Its person's key was dropped. */
    ERASED,
    /** It lies in the cold tier, which did not give it in time. It may be there when it is asked for again. */
    DEGRADED
}
