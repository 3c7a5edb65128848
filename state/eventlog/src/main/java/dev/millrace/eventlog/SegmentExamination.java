package dev.millrace.eventlog;

import org.jspecify.annotations.Nullable;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;

/**
 * Reads one segment from its first byte to its last, and finds behind each damage where events go on. Owned by one thread.
 *
 * <p>A record's checksum covers its offset, which is not stored. So behind damage each place is tried where a frame could
 * begin, under the offsets that a few lost records would leave, up to the next mark, which names its offset. Where
 * nothing fits, reading goes on at that mark, and without one at the next segment.
 */
final class SegmentExamination {
    /** Events that one damage may have destroyed before reading goes on at the next mark: those of a lost page and more. */
    private static final int TRIED_OFFSETS = 128;

    /** No segment follows. */
    static final long LAST = -1;

    private final Path file;
    private final long base;
    private final long nextBase;
    private final long knownEnd;
    private final SegmentFormat format = new SegmentFormat();
    private final List<LogDamage> damages = new ArrayList<>();
    private long events;
    private long skipped;
    private long end;
    private long tornBytes;

    /**
     * @param nextBase the offset where the next segment begins, or {@link #LAST}
     * @param knownEnd the last segment reached this offset
     */
    private SegmentExamination(Path file, long base, long nextBase, long knownEnd) {
        this.file = file;
        this.base = base;
        this.nextBase = nextBase;
        this.knownEnd = knownEnd;
    }

    static SegmentExamination of(Path file, long base, long nextBase, long knownEnd) throws IOException {
        SegmentExamination examination = new SegmentExamination(file, base, nextBase, knownEnd);
        examination.run();
        if (nextBase == LAST && examination.end < knownEnd) {
            examination.addMissingEnd();
        }
        return examination;
    }

    Path file() {
        return file;
    }

    long base() {
        return base;
    }

    List<LogDamage> damages() {
        return damages;
    }

    long events() {
        return events;
    }

    /** Events that were lost and skipped at an earlier time. */
    long skipped() {
        return skipped;
    }

    /** The offset behind the last event. */
    long end() {
        return end;
    }

    long tornBytes() {
        return tornBytes;
    }

    private void run() throws IOException {
        long size = Files.size(file);
        end = base;
        SegmentFormat.Header header = Segments.readHeader(file);
        if (header == null || header.base() != base) {
            if (nextBase == LAST && size <= SegmentFormat.HEADER_BYTES) {
                tornBytes = size;
                return;
            }
            damages.add(new LogDamage(file, 0, SegmentFormat.HEADER_BYTES, base, base));
        }
        try (FrameCursor cursor = new FrameCursor(file, base)) {
            while (read(cursor)) {
                // Read on behind the damage.
            }
            end = nextBase == LAST ? cursor.offset() : nextBase;
        }
    }

    /** What was taken for a write that was not finished is the rest of events that had been on disk. */
    private void addMissingEnd() throws IOException {
        long size = Files.size(file);
        long position = size - tornBytes;
        if (position == 0) {
            damages.add(new LogDamage(file, 0, size, base, base));
            damages.add(new LogDamage(file, size, 0, base, knownEnd));
        } else {
            damages.add(new LogDamage(file, position, tornBytes, end, knownEnd));
        }
        tornBytes = 0;
        end = knownEnd;
    }

    /** Reads up to the next damage; whether the cursor could be moved behind it. */
    private boolean read(FrameCursor cursor) throws IOException {
        FrameCursor.Frame frame = count(cursor);
        while (frame.isWhole()) {
            frame = count(cursor);
        }
        requireNoOverlap(cursor);
        if (frame == FrameCursor.Frame.END) {
            if (nextBase != LAST && cursor.offset() < nextBase) {
                damages.add(new LogDamage(file, cursor.position(), 0, cursor.offset(), nextBase));
            }
            return false;
        }
        return skip(cursor);
    }

    private FrameCursor.Frame count(FrameCursor cursor) throws IOException {
        long before = cursor.offset();
        FrameCursor.Frame frame = cursor.next();
        if (frame == FrameCursor.Frame.RECORD) {
            events++;
        } else if (frame == FrameCursor.Frame.GAP) {
            skipped += cursor.offset() - before;
        }
        return frame;
    }

    private void requireNoOverlap(FrameCursor cursor) {
        if (nextBase != LAST && cursor.offset() > nextBase) {
            throw LogFailures.damaged(file, cursor.position(), cursor.offset(), nextBase);
        }
    }

    private boolean skip(FrameCursor cursor) throws IOException {
        long position = cursor.position();
        long from = cursor.offset();
        FrameCursor.Mark mark = cursor.nextMark();
        byte[] rest = cursor.readRest(position);
        if (mark == null && nextBase == LAST) {
            tornBytes = rest.length;
            return false;
        }
        int searched = mark == null ? rest.length : (int) (mark.position() - position);
        FrameCursor.Mark found = search(rest, searched, from, mark == null ? nextBase : mark.offset());
        if (found != null) {
            moveTo(cursor, position + found.position(), found.offset());
        } else if (mark != null) {
            moveTo(cursor, mark.position(), mark.offset());
        } else {
            damages.add(new LogDamage(file, position, rest.length, from, nextBase));
            return false;
        }
        return true;
    }

    private void moveTo(FrameCursor cursor, long position, long offset) {
        long damaged = cursor.position();
        damages.add(new LogDamage(file, damaged, position - damaged, cursor.offset(), offset));
        cursor.moveTo(position, offset);
    }

    /**
     * The first whole record in the bytes, as the place where it begins among them and its offset.
     *
     * @param limit the bytes before the next mark
     * @param to the offset that no record there can have
     */
    private FrameCursor.@Nullable Mark search(byte[] bytes, int limit, long from, long to) {
        ByteBuffer view = ByteBuffer.wrap(bytes).order(ByteOrder.LITTLE_ENDIAN);
        long last = Math.min(to, from + TRIED_OFFSETS);
        for (int at = 1; at <= limit - SegmentFormat.FRAME_HEADER_BYTES; at++) {
            int word = view.getInt(at);
            int length = SegmentFormat.contentLength(word);
            int start = at + SegmentFormat.FRAME_HEADER_BYTES;
            if (length < 0 || !SegmentFormat.isRecord(word) || length > limit - start) {
                continue;
            }
            for (long offset = from; offset < last; offset++) {
                if (view.getInt(at + 4) == format.checksum(offset, word, bytes, start, length)) {
                    return new FrameCursor.Mark(at, offset);
                }
            }
        }
        return null;
    }
}
