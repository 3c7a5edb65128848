package dev.millrace.eventlog;

import dev.millrace.eventlog.EventCipher.Opened;
import dev.millrace.model.ErrorCode;
import dev.millrace.model.MillraceException;
import org.jspecify.annotations.Nullable;

import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Map;

/** Reads the events of a log's segments one behind the other. Owned by one thread. */
final class SegmentReader implements LogReader {
    private final Segments segments;
    private final LogEnd end;
    private final @Nullable EventCipher cipher;
    private long offset;

    /** Open once reading has begun; its file may be deleted meanwhile and is readable nevertheless. */
    private @Nullable FrameCursor cursor;

    private long base;

    /** Up to here the cursor's buffer holds what is on disk; beyond, it may hold a write that failed later. */
    private long trustedEnd;

    /** @param cipher nothing where no keys were given: an encrypted event is an error then */
    SegmentReader(Segments segments, LogEnd end, @Nullable EventCipher cipher, long fromOffset) {
        this.segments = segments;
        this.end = end;
        this.cipher = cipher;
        this.offset = fromOffset;
    }

    @Override
    public long offset() {
        return offset;
    }

    @Override
    public int poll(EventConsumer consumer, int max) {
        long limit = end.end();
        int count = 0;
        try {
            while (count < max && offset < limit) {
                FrameCursor at = nextRecord(limit);
                if (at == null) {
                    break;
                }
                deliver(at, consumer);
                count++;
            }
        } catch (IOException e) {
            throw LogFailures.io("reading", cursor == null ? segments.directory() : cursor.file(), e);
        }
        return count;
    }

    @Override
    public boolean await(Duration timeout) throws InterruptedException {
        return end.awaitBeyond(offset, timeout);
    }

    @Override
    public void close() {
        if (cursor != null) {
            cursor.close();
            cursor = null;
        }
    }

    private void deliver(FrameCursor at, EventConsumer consumer) {
        try {
            switch (decode(at)) {
                case Opened.Present present -> consumer.accept(offset, present.event());
                case Opened.Missing missing -> consumer.withheld(offset, missing.why());
            }
            offset++;
        } catch (RuntimeException | Error e) {
            at.unread();
            throw e;
        }
    }

    private Opened decode(FrameCursor at) {
        try {
            return cipher == null
                    ? new Opened.Present(EventCodec.decode(at.bytes(), at.contentStart(), at.contentLength()))
                    : cipher.open(at.bytes(), at.contentStart(), at.contentLength());
        } catch (MillraceException e) {
            throw new MillraceException(
                    ErrorCode.STORAGE_FAILED, "event " + offset + " in " + at.file() + ": " + e.getMessage(), e);
        }
    }

    /**
     * Moves over the record at {@link #offset}, which is known to be on disk, or over the first behind a gap.
     *
     * @return null where a gap reaches up to the limit
     */
    private @Nullable FrameCursor nextRecord(long limit) throws IOException {
        FrameCursor at = cursor == null ? open() : cursor;
        if (offset >= limit) {
            return null;
        }
        if (offset >= trustedEnd) {
            at.forgetBuffer();
            trustedEnd = limit;
        }
        while (true) {
            switch (at.next()) {
                case RECORD -> {
                    return at;
                }
                case MARK -> {}
                case GAP -> {
                    offset = at.offset();
                    if (offset >= limit) {
                        return null;
                    }
                }
                case END -> at = openNext(at);
                case INCOMPLETE, DAMAGED -> throw damaged(at);
            }
        }
    }

    /** Opens the segment that holds the offset and skips what lies before it. */
    private FrameCursor open() throws IOException {
        Map.Entry<Long, Path> segment = segments.containing(offset);
        if (segment == null) {
            requireNotRemoved(offset);
            throw new MillraceException(ErrorCode.NOT_FOUND, "the log has no segment for offset " + offset);
        }
        FrameCursor opened = open(segment);
        trustedEnd = offset;
        while (opened.offset() < offset) {
            if (!opened.next().isWhole()) {
                throw damaged(opened);
            }
        }
        offset = opened.offset();
        return opened;
    }

    private FrameCursor open(Map.Entry<Long, Path> segment) throws IOException {
        close();
        SegmentFormat.Header header = Segments.readHeader(segment.getValue());
        if (header == null || header.base() != segment.getKey()) {
            throw LogFailures.damaged(segment.getValue(), 0, segment.getKey(), -1);
        }
        FrameCursor opened = new FrameCursor(segment.getValue(), segment.getKey());
        base = segment.getKey();
        cursor = opened;
        return opened;
    }

    private FrameCursor openNext(FrameCursor ended) throws IOException {
        Map.Entry<Long, Path> next = segments.after(base);
        if (next == null || next.getKey() != ended.offset()) {
            requireNotRemoved(ended.offset());
            throw damaged(ended);
        }
        return open(next);
    }

    /** What retention has removed since reading came near is not damage. */
    private void requireNotRemoved(long next) {
        Map.Entry<Long, Path> first = segments.first();
        Offsets.requireWithin(next, first == null ? 0 : first.getKey(), Long.MAX_VALUE);
    }

    private MillraceException damaged(FrameCursor at) throws IOException {
        long resumesAt = at.findMark();
        if (resumesAt < 0) {
            Map.Entry<Long, Path> next = segments.after(base);
            resumesAt = next == null ? -1 : next.getKey();
        }
        return LogFailures.damaged(at.file(), at.position(), at.offset(), resumesAt);
    }
}
