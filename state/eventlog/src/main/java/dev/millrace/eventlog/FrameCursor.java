package dev.millrace.eventlog;

import org.jspecify.annotations.Nullable;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.channels.FileChannel;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.Arrays;

/** A place in one segment file that moves from frame to frame. Owned by one thread. */
final class FrameCursor implements AutoCloseable {
    /** Read at once: enough for sequential speed, little enough to keep many readers. */
    private static final int CHUNK_BYTES = 256 << 10;

    /** What lies at the cursor. */
    enum Frame {
        /** A record, now in {@link #bytes()}; the cursor stands behind it. */
        RECORD,
        /** A mark; the cursor stands behind it. */
        MARK,
        /** A place where events were lost; the cursor stands behind it, at the next event that is there. */
        GAP,
        /** The end of the file. */
        END,
        /** A frame that the file's end cuts off. */
        INCOMPLETE,
        /** Bytes that are no frame. */
        DAMAGED;

        /** Whether the cursor moved over it. */
        boolean isWhole() {
            return this == RECORD || this == MARK || this == GAP;
        }
    }

    /** A mark behind damaged bytes: where its frame begins, and the offset of the record behind it. */
    record Mark(long position, long offset) {}

    private final Path file;
    private final FileChannel channel;
    private final SegmentFormat format = new SegmentFormat();

    private byte[] bytes = new byte[CHUNK_BYTES];
    private ByteBuffer view = ByteBuffer.wrap(bytes).order(ByteOrder.LITTLE_ENDIAN);

    /** Where in the file the buffer begins, how much it holds, and where in it the cursor stands. */
    private long bufferPosition = SegmentFormat.HEADER_BYTES;

    private int bufferSize;
    private int at;

    private long offset;
    private int contentStart;
    private int contentLength;

    /** Stands at the first frame, whose record, if it is one, has the offset {@code base}. */
    FrameCursor(Path file, long base) throws IOException {
        this.file = file;
        this.channel = FileChannel.open(file, StandardOpenOption.READ);
        this.offset = base;
    }

    Path file() {
        return file;
    }

    /** The offset of the next record. */
    long offset() {
        return offset;
    }

    /** The position in the file of the next frame. */
    long position() {
        return bufferPosition + at;
    }

    byte[] bytes() {
        return bytes;
    }

    int contentStart() {
        return contentStart;
    }

    int contentLength() {
        return contentLength;
    }

    /** Moves over one frame, unless what lies at the cursor is none. */
    Frame next() throws IOException {
        Frame frame = parse();
        if (!frame.isWhole()) {
            // The buffer may be older than the file's end.
            forgetBuffer();
            frame = parse();
        }
        return frame;
    }

    /** Moves back over the record that was just read. */
    void unread() {
        at = contentStart - SegmentFormat.FRAME_HEADER_BYTES;
        offset--;
    }

    /** Reads from the file again: what the buffer holds may have been replaced. */
    void forgetBuffer() {
        bufferPosition += at;
        at = 0;
        bufferSize = 0;
    }

    /** Stands at another frame, whose record, if it is one, has the given offset. */
    void moveTo(long position, long offsetThere) {
        bufferPosition = position;
        at = 0;
        bufferSize = 0;
        offset = offsetThere;
    }

    /**
     * Looks for a mark behind the cursor, which proves that what lies at the cursor was on disk once.
     *
     * @return the offset that the first whole mark names, or −1
     */
    long findMark() throws IOException {
        Mark mark = nextMark();
        return mark == null ? -1 : mark.offset();
    }

    /** The first whole mark behind the cursor; null where none follows. */
    @Nullable
    Mark nextMark() throws IOException {
        byte[] rest = readRest(position());
        ByteBuffer view = ByteBuffer.wrap(rest).order(ByteOrder.LITTLE_ENDIAN);
        for (int i = SegmentFormat.FRAME_HEADER_BYTES; i <= rest.length - SegmentFormat.MARK_CONTENT_BYTES; i++) {
            if (rest[i] == 'M' && view.getLong(i) == SegmentFormat.MARK_MAGIC) {
                long named = view.getLong(i + 8);
                int word = view.getInt(i - 8);
                int expected = format.checksum(named, word, rest, i, SegmentFormat.MARK_CONTENT_BYTES);
                if (word == (SegmentFormat.MARK_FLAG | SegmentFormat.MARK_CONTENT_BYTES)
                        && view.getInt(i - 4) == expected
                        && named >= offset) {
                    return new Mark(position() + i - SegmentFormat.FRAME_HEADER_BYTES, named);
                }
            }
        }
        return null;
    }

    /** Every byte from a position to the end. */
    byte[] readRest(long from) throws IOException {
        byte[] content = new byte[Math.toIntExact(Math.max(0, channel.size() - from))];
        ByteBuffer rest = ByteBuffer.wrap(content);
        while (rest.hasRemaining() && channel.read(rest, from + rest.position()) >= 0) {
            // Read on.
        }
        return Arrays.copyOf(content, rest.position());
    }

    @Override
    public void close() {
        try {
            channel.close();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    private Frame parse() throws IOException {
        int available = require(SegmentFormat.FRAME_HEADER_BYTES);
        if (available < SegmentFormat.FRAME_HEADER_BYTES) {
            return available == 0 ? Frame.END : Frame.INCOMPLETE;
        }
        int word = view.getInt(at);
        int length = SegmentFormat.contentLength(word);
        if (length < 0) {
            return Frame.DAMAGED;
        }
        if (require(SegmentFormat.FRAME_HEADER_BYTES + length) < SegmentFormat.FRAME_HEADER_BYTES + length) {
            return Frame.INCOMPLETE;
        }
        int start = at + SegmentFormat.FRAME_HEADER_BYTES;
        if (view.getInt(at + 4) != format.checksum(offset, word, bytes, start, length)) {
            return Frame.DAMAGED;
        }
        contentStart = start;
        contentLength = length;
        at = start + length;
        return moved(word);
    }

    private Frame moved(int word) {
        if ((word & SegmentFormat.MARK_FLAG) != 0) {
            return Frame.MARK;
        }
        if ((word & SegmentFormat.GAP_FLAG) != 0) {
            offset = view.getLong(contentStart + 8);
            return Frame.GAP;
        }
        offset++;
        return Frame.RECORD;
    }

    /** @return how many bytes from the cursor on are in the buffer, at least {@code count} unless the file ends */
    private int require(int count) throws IOException {
        if (bufferSize - at < count) {
            fill(count);
        }
        return bufferSize - at;
    }

    private void fill(int count) throws IOException {
        byte[] kept = bytes;
        if (bytes.length < count) {
            bytes = new byte[count];
            view = ByteBuffer.wrap(bytes).order(ByteOrder.LITTLE_ENDIAN);
        }
        System.arraycopy(kept, at, bytes, 0, bufferSize - at);
        bufferPosition += at;
        bufferSize -= at;
        at = 0;
        while (bufferSize < count) {
            ByteBuffer free = ByteBuffer.wrap(bytes, bufferSize, bytes.length - bufferSize);
            int read = channel.read(free, bufferPosition + bufferSize);
            if (read < 0) {
                return;
            }
            bufferSize += read;
        }
    }
}
