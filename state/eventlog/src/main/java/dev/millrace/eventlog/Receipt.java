package dev.millrace.eventlog;

/**
 * The log's word on an event.
 *
 * @param offset where the event is, or where its first copy is; −1 where it was not taken
 * @param duplicate whether an event with this id was there already
 */
public record Receipt(long offset, boolean duplicate) {
    /** The event is of a person whose key was dropped: it was not taken, and never will be. */
    public static final Receipt ERASED = new Receipt(-1, false);

    public boolean isErased() {
        return offset < 0;
    }
}
