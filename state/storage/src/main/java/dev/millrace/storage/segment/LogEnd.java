package dev.millrace.storage.segment;

/** The end of a log: the number of its last segment and how many bytes of it are records; both 0 where there is none. */
public record LogEnd(long segment, long bytes) {
    public static final LogEnd NONE = new LogEnd(0, 0);
}
