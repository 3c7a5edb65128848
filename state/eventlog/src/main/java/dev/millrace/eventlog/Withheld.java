package dev.millrace.eventlog;

/** Why a reader does not get an event that the log holds. */
public enum Withheld {
    /** The key of the person whose event it is was dropped: nobody can read it any more. */
    ERASED,
    /** The person's key is damaged in the key table, or the event was altered with its checksum: it is lost. */
    LOST
}
