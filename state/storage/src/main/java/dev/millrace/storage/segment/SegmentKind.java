package dev.millrace.storage.segment;

/** How a segment came to be. */
public enum SegmentKind {
    /** By writes, in their order. */
    LOG(1, ".log"),
    /** By packing what was alive in other segments. */
    PACKED(2, ".pack");

    private final int code;
    private final String suffix;

    SegmentKind(int code, String suffix) {
        this.code = code;
        this.suffix = suffix;
    }

    int code() {
        return code;
    }

    String suffix() {
        return suffix;
    }

    static SegmentKind of(int code) {
        return code == PACKED.code ? PACKED : LOG;
    }
}
