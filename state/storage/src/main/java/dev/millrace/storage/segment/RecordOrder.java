package dev.millrace.storage.segment;

/**
 * Whether the records of a log segment follow each other without a gap. Owned by one thread.
 *
 * <p>A group is handed to the disk in parts. After a power failure a later part may be there and the first not; zeros
 * in its place look like what fills a page up, and the sequences alone tell.
 */
public final class RecordOrder {
    private static final long UNKNOWN = -1;

    private final Segment segment;
    private long expected = UNKNOWN;
    private long soundEnd;

    public RecordOrder(Segment segment, long start) {
        this.segment = segment;
        this.soundEnd = start;
    }

    /**
     * Looks at the record, or mark, that was just read.
     *
     * @throws DamageException at the end of the record before it, where records are missing between the two
     */
    public void require(StoredRow row, SegmentScan scan) throws DamageException {
        if (expected != UNKNOWN && row.sequence != expected) {
            throw new DamageException(
                    segment.path().toString(),
                    soundEnd,
                    "records are missing: sequence " + row.sequence + " follows " + (expected - 1));
        }
        expected = row.sequence + 1;
        soundEnd = scan.offset();
    }

    /** What comes next is behind damage. */
    public void skip() {
        expected = UNKNOWN;
    }

    /** The end of the last record before which none is missing. */
    public long soundEnd() {
        return soundEnd;
    }
}
