package dev.millrace.storage.segment;

import dev.millrace.storage.disk.FileWindow;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.channels.FileChannel;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;

/** Reads a segment from front to back. Owned by one thread. */
public final class SegmentScan implements AutoCloseable {
    private final Path path;
    private final int slot;
    private final FileWindow window;
    private final long end;
    private final Records.InWindow records;
    private long offset;
    private boolean mark;

    /**
     * @param from where a record begins
     * @param until where the records end, as far as the caller knows; what lies behind the file's end is not there
     */
    public SegmentScan(Path path, int slot, long from, long until) throws IOException {
        this(path, slot, from, new FileWindow(path, from, until, false));
    }

    /** One that reads through the system's cache, where the log's end may still be, and does without what is made for direct reads. */
    static SegmentScan ofEnd(Path path, int slot, long from, long until) throws IOException {
        return new SegmentScan(path, slot, from, new FileWindow(path, from, until, true));
    }

    private SegmentScan(Path path, int slot, long from, FileWindow window) {
        this.path = path;
        this.slot = slot;
        this.window = window;
        this.records = new Records.InWindow(window);
        this.end = window.end();
        this.offset = from;
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
        if (offset + SegmentFormat.RECORD_HEADER_BYTES > window.until() && !window.readOn(offset)) {
            return false;
        }
        return records.isMark(offset, into);
    }

    /**
     * Goes to the next record, whose value stays where it is until the next call.
     *
     * @return false at the end
     * @throws DamageException at bytes that were not written so; {@link #skipDamage} goes on behind them
     */
    public boolean next(StoredRow into) throws IOException {
        while (true) {
            switch (look(into)) {
                case ROW, MARK -> {
                    return true;
                }
                case PART -> {
                    if (!window.readOn(offset)) {
                        return endsInFiller();
                    }
                }
                case DAMAGE -> throw damage();
                case FILLER -> {
                    return false;
                }
            }
        }
    }

    /**
     * Goes to the next rows and removals, as many as lie in what has been read; marks are passed over. Their values stay where they are
     * until the next call.
     *
     * @return how many; 0 at the end
     * @throws DamageException as {@link #next(StoredRow)}, when everything before the damage has been given
     */
    public int next(StoredRow[] into) throws IOException {
        int count = 0;
        while (count < into.length) {
            switch (look(into[count])) {
                case ROW -> count++;
                case MARK -> {}
                case PART -> {
                    if (count > 0 || !(window.readOn(offset) || endsInFiller())) {
                        return count;
                    }
                }
                case DAMAGE -> {
                    if (count > 0) {
                        return count;
                    }
                    throw damage();
                }
                case FILLER -> {
                    return count;
                }
            }
        }
        return count;
    }

    /** What comes next; a row or a mark is taken. What fills a page up is passed over, unless the records end with it. */
    private Records.Found look(StoredRow into) {
        while (offset < end) {
            Records.Found found = records.parse(offset, into);
            if (found == Records.Found.ROW || found == Records.Found.MARK) {
                take(into, found == Records.Found.MARK);
            }
            if (found != Records.Found.FILLER) {
                return found;
            }
            offset += SegmentFormat.PAGE_BYTES - offset % SegmentFormat.PAGE_BYTES;
        }
        return Records.Found.FILLER;
    }

    private DamageException damage() {
        return new DamageException(path.toString(), offset, "no record, nor filling zeros");
    }

    private void take(StoredRow into, boolean isMark) {
        into.place = SegmentFormat.place(slot, offset);
        offset += SegmentFormat.recordBytes(into.length);
        mark = isMark;
    }

    /** A page that ends early is whole when nothing but zeros stands there. */
    private boolean endsInFiller() throws DamageException {
        for (int i = (int) (offset - window.start()); i < window.until() - window.start(); i++) {
            if (window.bytes().get(i) != 0) {
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

    @Override
    public void close() throws IOException {
        window.close();
    }
}
