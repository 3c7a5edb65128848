package dev.millrace.storage.segment;

import dev.millrace.kernels.ReadRing;
import org.jspecify.annotations.Nullable;

import java.io.IOException;
import java.lang.foreign.MemorySegment;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.Arrays;

/**
 * Reads the pages of many records at once, each page once however many of the records it holds. Owned by one thread at a time.
 */
public final class RecordBatch implements AutoCloseable {
    /** Records of one batch. */
    public static final int CAPACITY = 512;

    /** Twice the pages there can be, so that searches stay short. */
    private static final int CELLS = 2 * CAPACITY;
    /** A place counts units of 16 bytes, of which a page has 256. */
    private static final int PAGE_SHIFT =
            Integer.numberOfTrailingZeros(SegmentFormat.PAGE_BYTES / SegmentFormat.UNIT_BYTES);

    private static final int UNITS_MASK = SegmentFormat.PAGE_BYTES / SegmentFormat.UNIT_BYTES - 1;
    private static final int NONE = -1;
    /** Spreads neighbouring pages over the cells. */
    private static final long GOLDEN = 0x9E3779B97F4A7C15L;

    private final Segments segments;
    private final ReadRing ring;
    private final Records records = new Records();
    private final ReadRing.Reads reads = new ReadRing.Reads(CAPACITY);
    private final ByteBuffer pages = ByteBuffer.allocateDirect((CAPACITY + 1) * SegmentFormat.PAGE_BYTES)
            .alignedSlice(SegmentFormat.PAGE_BYTES)
            .order(ByteOrder.LITTLE_ENDIAN);
    private final long base = MemorySegment.ofBuffer(pages).address();
    private final int[] results = new int[CAPACITY];
    private final int[] pageOf = new int[CAPACITY];
    private final long[] placeOf = new long[CAPACITY];
    /** What each read reads from. */
    private final Segment.Reading[] files = new Segment.Reading[CAPACITY];
    /** Which page of a segment is read by which read; a cell without a read is free. */
    private final long[] cellPages = new long[CELLS];

    private final int[] cellReads = new int[CELLS];

    private RecordBatch(Segments segments, ReadRing ring) {
        this.segments = segments;
        this.ring = ring;
    }

    /** @return nothing where the system does not read in batches */
    public static @Nullable RecordBatch open(Segments segments) {
        ReadRing ring = ReadRing.open();
        return ring == null ? null : new RecordBatch(segments, ring);
    }

    /**
     * Reads the pages of records.
     *
     * @throws IOException where the ring no longer works; this is not to be used again then
     */
    public void read(long[] places, int count) throws IOException {
        reads.clear();
        Arrays.fill(cellReads, NONE);
        try {
            for (int i = 0; i < count; i++) {
                placeOf[i] = places[i];
                pageOf[i] = readOf(places[i]);
            }
            ring.read(reads, results);
        } finally {
            for (int read = 0; read < reads.count(); read++) {
                files[read].leave();
            }
        }
    }

    /** @return the read of the page in which the record begins, none where there is no such segment on disk any more */
    private int readOf(long place) {
        long page = place >>> PAGE_SHIFT;
        int cell = (int) ((page * GOLDEN) >>> 32) & (CELLS - 1);
        while (cellReads[cell] != NONE) {
            if (cellPages[cell] == page) {
                return cellReads[cell];
            }
            cell = (cell + 1) & (CELLS - 1);
        }
        Segment segment = segments.at(place);
        if (segment == null || !segment.isLocal()) {
            return NONE;
        }
        Segment.Reading file;
        try {
            file = segment.enter();
        } catch (IOException e) {
            // Read on its own, it says what is wrong.
            return NONE;
        }
        long offset = SegmentFormat.offset(place);
        int read = reads.add(
                file.file(),
                base + (long) reads.count() * SegmentFormat.PAGE_BYTES,
                SegmentFormat.PAGE_BYTES,
                offset - offset % SegmentFormat.PAGE_BYTES);
        files[read] = file;
        cellPages[cell] = page;
        cellReads[cell] = read;
        return read;
    }

    /** How many pages the batch took. */
    public int pages() {
        return reads.count();
    }

    /**
     * Finds a record of the batch in its page, where it stays until the next batch.
     *
     * @return false where it is to be read on its own: it is longer than a page, has moved, or is damaged
     */
    public boolean row(int i, StoredRow into) {
        int page = pageOf[i];
        int inPage = (int) (placeOf[i] & UNITS_MASK) * SegmentFormat.UNIT_BYTES;
        if (page == NONE || results[page] < inPage + SegmentFormat.RECORD_HEADER_BYTES) {
            return false;
        }
        int at = page * SegmentFormat.PAGE_BYTES + inPage;
        int word = pages.getInt(at + SegmentFormat.LENGTH_AT);
        int length = word & SegmentFormat.LENGTH_MASK;
        if (length > SegmentFormat.PAGE_BYTES || inPage + SegmentFormat.recordBytes(length) > results[page]) {
            return false;
        }
        Segment segment = segments.at(placeOf[i]);
        if (segment == null || !segment.isLocal()) {
            // Its file may have been closed before it was read.
            return false;
        }
        into.place = placeOf[i];
        return records.check(pages, base, at, word, into);
    }

    @Override
    public void close() {
        ring.close();
    }
}
