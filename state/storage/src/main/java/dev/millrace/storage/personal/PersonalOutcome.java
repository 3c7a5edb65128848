package dev.millrace.storage.personal;

/** What became of encrypting or decrypting a value. */
public enum PersonalOutcome {
    DONE,
    /** The person's key was dropped: their values are gone for good, and none are taken any more. */
    ERASED,
    /** The person never had a key. */
    UNKNOWN,
    /** The value was altered, or belongs to another row, version or person. */
    DAMAGED
}
