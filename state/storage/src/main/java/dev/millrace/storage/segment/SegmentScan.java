package dev.millrace.storage.segment;

import java.io.IOException;
import java.lang.foreign.MemorySegment;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.channels.FileChannel;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;

/** Reads a segment from front to back. Owned by one thread. */
public final class SegmentScan implements AutoCloseable {
    private static final int WINDOW_BYTES = 4 << 20;

    private final Path path;
    private final int slot;
    private final FileChannel channel;
    private final long end;
    private final Records records = new Records();
    private ByteBuffer window;
    private long base;
    private long windowStart;
    private int windowFilled;
    private long offset;
    private boolean mark;

    /**
     * @param from where a record begins
     * @param until where the records end, as far as the caller knows; what lies behind the file's end is not there
     */
    public SegmentScan(Path path, int slot, long from, long until) throws IOException {
        this.path = path;
        this.slot = slot;
        this.channel = FileChannel.open(path, StandardOpenOption.READ);
        this.end = Math.min(until, channel.size());
        this.offset = from;
        this.windowStart = from;
        long room = Math.clamp(end - from, SegmentFormat.PAGE_BYTES, WINDOW_BYTES);
        this.window = ByteBuffer.allocateDirect((int) room).order(ByteOrder.LITTLE_ENDIAN);
        this.base = MemorySegment.ofBuffer(window).address();
    }

    /** The header of a segment. */
    public static SegmentFormat.Header header(Path path) throws IOException {
        try (FileChannel channel = FileChannel.open(path, StandardOpenOption.READ)) {
            ByteBuffer page = ByteBuffer.allocate(SegmentFormat.HEADER_BYTES).order(ByteOrder.LITTLE_ENDIAN);
            int count = 0;
            while (page.hasRemaining() && count >= 0) {
                count = channel.read(page);
            }
            return SegmentFormat.decode(page.flip(), path.toString());
        }
    }

    /**
     * Whether a whole mark stands at an offset or behind it: then all before it was on disk once. Every place where a record could
     * begin is tried, since behind damage nobody knows where one does.
     */
    public static boolean hasMark(Path path, long from) throws IOException {
        StoredRow mark = new StoredRow();
        try (SegmentScan scan = new SegmentScan(path, 0, from, Long.MAX_VALUE)) {
            while (scan.offset < scan.end) {
                if (scan.isMarkHere(mark)) {
                    return true;
                }
                scan.offset += SegmentFormat.UNIT_BYTES;
            }
            return false;
        }
    }

    private boolean isMarkHere(StoredRow into) throws IOException {
        if (offset + SegmentFormat.RECORD_HEADER_BYTES > windowStart + windowFilled && !readOn()) {
            return false;
        }
        int at = (int) (offset - windowStart);
        if (at + SegmentFormat.RECORD_HEADER_BYTES > windowFilled) {
            return false;
        }
        int word = window.getInt(at + SegmentFormat.LENGTH_AT);
        return word == SegmentFormat.MARK_FLAG && records.check(window, base, at, word, into);
    }

    /**
     * Goes to the next record, whose value stays where it is until the next call.
     *
     * @return false at the end
     * @throws DamageException at bytes that were not written so; {@link #skipDamage} goes on behind them
     */
    public boolean next(StoredRow into) throws IOException {
        while (offset < end) {
            int at = (int) (offset - windowStart);
            int pageLeft = SegmentFormat.PAGE_BYTES - (int) (offset % SegmentFormat.PAGE_BYTES);
            switch (records.parse(window, base, at, windowFilled, pageLeft, into)) {
                case ROW -> {
                    take(into, false);
                    return true;
                }
                case MARK -> {
                    take(into, true);
                    return true;
                }
                case FILLER -> offset += pageLeft;
                case DAMAGE -> throw new DamageException(path.toString(), offset, "no record, nor filling zeros");
                case PART -> {
                    if (!readOn()) {
                        return endsInFiller();
                    }
                }
            }
        }
        return false;
    }

    private void take(StoredRow into, boolean isMark) {
        into.place = SegmentFormat.place(slot, offset);
        offset += SegmentFormat.recordBytes(into.length);
        mark = isMark;
    }

    /** A page that ends early is whole when nothing but zeros stands there. */
    private boolean endsInFiller() throws DamageException {
        int at = (int) (offset - windowStart);
        for (int i = at; i < windowFilled; i++) {
            if (window.get(i) != 0) {
                throw new DamageException(path.toString(), offset, "the file ends within a record");
            }
        }
        offset = end;
        return false;
    }

    /** Whether the record that was read last is a mark: all before it was on disk once. */
    public boolean isMark() {
        return mark;
    }

    /** Where the next record begins, or damage. */
    public long offset() {
        return offset;
    }

    /** Goes on at the next page, where a record can begin, or at the end. */
    public void skipDamage() {
        offset = Math.min(end, offset - offset % SegmentFormat.PAGE_BYTES + SegmentFormat.PAGE_BYTES);
    }

    private boolean readOn() throws IOException {
        long start = Math.min(offset, end);
        if (start > windowStart || windowFilled == 0) {
            int kept = (int) Math.max(0, windowStart + windowFilled - start);
            if (kept > 0) {
                window.limit(windowFilled).position(windowFilled - kept);
                window.compact();
            }
            windowStart = start;
            windowFilled = kept;
        } else if (windowFilled == window.capacity()) {
            enlarge();
        }
        int wanted = (int) Math.min(window.capacity(), end - windowStart);
        int before = windowFilled;
        while (windowFilled < wanted) {
            int count = channel.read(window.limit(wanted).position(windowFilled), windowStart + windowFilled);
            if (count < 0) {
                break;
            }
            windowFilled += count;
        }
        window.clear();
        return windowFilled > before;
    }

    private void enlarge() {
        ByteBuffer larger = ByteBuffer.allocateDirect(window.capacity() * 2).order(ByteOrder.LITTLE_ENDIAN);
        larger.put(window.limit(windowFilled).position(0));
        window = larger.clear();
        base = MemorySegment.ofBuffer(window).address();
    }

    @Override
    public void close() throws IOException {
        channel.close();
    }
}
