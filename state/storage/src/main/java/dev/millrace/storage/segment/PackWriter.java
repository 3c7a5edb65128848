package dev.millrace.storage.segment;

import dev.millrace.kernels.RawMemory;
import dev.millrace.storage.disk.Disk;
import dev.millrace.storage.disk.DiskFile;

import java.io.IOException;

/** Writes what is alive in old segments to a new one. Owned by one thread. */
public final class PackWriter implements AutoCloseable {
    private static final int BUFFER_BYTES = 4 << 20;

    private final Segment segment;
    private final Disk disk;
    private final DiskFile file;
    private final Segments segments;
    private final RecordBuffer records =
            new RecordBuffer(BUFFER_BYTES + SegmentFormat.MAX_VALUE_BYTES + 2 * SegmentFormat.PAGE_BYTES);

    public PackWriter(Segments segments, Disk disk, long storeId) throws IOException {
        this.segments = segments;
        this.disk = disk;
        this.segment = segments.create(SegmentKind.PACKED);
        this.file = disk.openOrCreate(segment.path());
        boolean begun = false;
        try {
            file.write(
                    SegmentFormat.encode(new SegmentFormat.Header(
                            storeId, segment.number(), SegmentKind.PACKED, 0, 0, System.currentTimeMillis())),
                    0);
            begun = true;
        } finally {
            if (!begun) {
                // A full disk is tried again and again: nothing of an attempt may stay.
                file.close();
                segments.remove(segment, disk);
            }
        }
        records.begin(SegmentFormat.HEADER_BYTES);
    }

    public Segment segment() {
        return segment;
    }

    /** Whether a value of that length fits into a segment of that size. */
    public boolean hasRoomFor(int length, long segmentBytes) {
        int recordBytes = SegmentFormat.recordBytes(length);
        // A flush before it may fill the page up.
        return SegmentFormat.fit(records.end() + SegmentFormat.PAGE_BYTES, recordBytes) + recordBytes <= segmentBytes;
    }

    /** Whether a record would be the first of a page: then a flush before it moves neither it nor what follows to another page. */
    public boolean beginsPage(StoredRow row) {
        return SegmentFormat.fit(records.end(), SegmentFormat.recordBytes(row.length)) % SegmentFormat.PAGE_BYTES == 0;
    }

    /**
     * Adds a record as it was, with its old sequence.
     *
     * @return its new place, to be read after {@link #flush()}
     */
    public long append(StoredRow row) throws IOException {
        if (records.filled() >= BUFFER_BYTES && beginsPage(row)) {
            flush();
        }
        int word = row.length | (row.removal ? SegmentFormat.REMOVAL_FLAG : 0);
        long offset = records.append(row, word, RawMemory.view(row.address, row.length), 0, row.length);
        segment.count(1);
        return SegmentFormat.place(segment.slot(), offset);
    }

    /** After this, what was appended can be read. */
    public void flush() throws IOException {
        records.endPage();
        file.write(records.content(records.start(), records.end()), records.start());
        segment.setWritten(records.end());
        records.begin(records.end());
    }

    /** Returns when what was appended is on disk. */
    public void finish() throws IOException {
        flush();
        file.force();
        disk.forceDirectory(segments.directory());
    }

    /** What was not flushed is not in the segment, which no longer changes. */
    @Override
    public void close() throws IOException {
        file.close();
        segments.seal(segment);
    }
}
