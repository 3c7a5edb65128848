package dev.millrace.storage.segment;

import java.io.IOException;
import java.lang.foreign.MemorySegment;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;

/** Reads single records by their place, into memory of its own that the next read overwrites. Owned by one thread. */
public final class RecordReader {
    /** How much of a record is read before its length is known, where reading more takes longer: most rows are no longer. */
    private static final int FIRST_BYTES = 512;

    private final Segments segments;
    private final Records records = new Records();
    private ByteBuffer pages;
    private long base;

    public RecordReader(Segments segments) {
        this.segments = segments;
        this.pages = aligned(2 * SegmentFormat.PAGE_BYTES);
        this.base = MemorySegment.ofBuffer(pages).address();
    }

    /** Has the page on its way in which the record at a place begins, where that takes long. */
    public void prefetch(long place) {
        Segment segment = segments.at(place);
        ColdCopy cold = segment == null || segment.isLocal() ? null : segment.cold();
        if (cold != null) {
            long offset = SegmentFormat.offset(place);
            cold.prefetch(offset - offset % SegmentFormat.PAGE_BYTES, SegmentFormat.PAGE_BYTES);
        }
    }

    /**
     * Reads the record at a place.
     *
     * @return false where there is no such segment any more: the key's entry has changed
     * @throws DamageException where the bytes are not what was written; or the key's entry has changed
     */
    public boolean read(long place, StoredRow into) throws IOException {
        Segment segment = segments.at(place);
        if (segment == null) {
            return false;
        }
        long offset = SegmentFormat.offset(place);
        try {
            read(segment, offset, into);
        } catch (InternalError e) {
            // What the JVM makes of the signal that a load from a mapping may raise. It comes late, but not later than
            // when the
            // checksum of the copy does not fit.
            DamageException damage = new DamageException(
                    segment.path().toString(), offset, "the device did not answer a load, or the file was cut");
            damage.initCause(e);
            throw damage;
        }
        into.place = place;
        return true;
    }

    private void read(Segment segment, long offset, StoredRow into) throws IOException {
        int inPage = (int) (offset % SegmentFormat.PAGE_BYTES);
        long start = offset - inPage;
        int read = segment.read(base, inPage, Math.min(inPage + FIRST_BYTES, SegmentFormat.PAGE_BYTES), start);
        if (read < inPage + SegmentFormat.RECORD_HEADER_BYTES) {
            throw new DamageException(segment.path().toString(), offset, "the file ends before the record");
        }
        int word = pages.getInt(inPage + SegmentFormat.LENGTH_AT);
        int length = word & SegmentFormat.LENGTH_MASK;
        int end = inPage + SegmentFormat.recordBytes(length);
        if (length <= SegmentFormat.MAX_VALUE_BYTES && end > read) {
            read = readWhole(segment, start, inPage, end);
        }
        if (length > SegmentFormat.MAX_VALUE_BYTES || end > read || !records.check(pages, base, inPage, word, into)) {
            throw new DamageException(segment.path().toString(), offset, "the record does not fit its checksum");
        }
    }

    private int readWhole(Segment segment, long start, int inPage, int end) throws IOException {
        int wanted = (end + SegmentFormat.PAGE_BYTES - 1) & -SegmentFormat.PAGE_BYTES;
        if (pages.capacity() < wanted) {
            pages = aligned(wanted);
            base = MemorySegment.ofBuffer(pages).address();
        }
        return segment.read(base, inPage, end, start);
    }

    private static ByteBuffer aligned(int bytes) {
        return ByteBuffer.allocateDirect(bytes + SegmentFormat.PAGE_BYTES)
                .alignedSlice(SegmentFormat.PAGE_BYTES)
                .order(ByteOrder.LITTLE_ENDIAN);
    }
}
