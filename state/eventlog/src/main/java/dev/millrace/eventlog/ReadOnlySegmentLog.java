package dev.millrace.eventlog;

import dev.millrace.model.ErrorCode;
import dev.millrace.model.MillraceException;
import dev.millrace.storage.personal.KeyTable;
import org.jspecify.annotations.Nullable;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Map;
import java.util.concurrent.locks.LockSupport;

/** A log that another process may be writing, followed through its files. Thread-safe. */
final class ReadOnlySegmentLog implements ReadableEventLog, LogEnd {
    /** How often the files are looked at while waiting. */
    private static final Duration LOOK_AGAIN = Duration.ofMillis(20);

    private final Segments segments;
    private final @Nullable KeyTable keys;
    private final @Nullable EventCipher cipher;

    /** Stands at the end of what was seen; null while there is no segment. */
    private @Nullable FrameCursor tail;

    private long tailBase;
    private long end;
    private boolean closed;

    /** @param keys closed with this log; nothing where events are in the clear */
    ReadOnlySegmentLog(Path directory, @Nullable KeyTable keys) {
        if (!Files.isDirectory(directory)) {
            throw new MillraceException(
                    ErrorCode.NOT_FOUND, "there is no event log at " + directory + "; give the log's directory");
        }
        this.segments = new Segments(directory);
        this.keys = keys;
        this.cipher = keys == null ? null : new EventCipher(keys);
        checkBinding(directory, cipher);
        end();
    }

    private static void checkBinding(Path directory, @Nullable EventCipher cipher) {
        try {
            if (cipher != null) {
                KeyBinding.check(directory, cipher);
            }
        } catch (IOException e) {
            throw LogFailures.io("opening the event log", directory, e);
        }
    }

    @Override
    public synchronized long begin() {
        end();
        Map.Entry<Long, Path> first = segments.first();
        return first == null ? 0 : first.getKey();
    }

    /** Follows the files to their present end. */
    @Override
    public synchronized long end() {
        if (closed) {
            return end;
        }
        try {
            segments.list();
            if (tail == null) {
                openLast();
            }
            follow();
            return end;
        } catch (IOException e) {
            throw LogFailures.io("reading the event log", segments.directory(), e);
        }
    }

    @Override
    public LogReader read(long fromOffset) {
        Offsets.requireWithin(fromOffset, begin(), end());
        return new SegmentReader(segments, this, cipher, fromOffset);
    }

    @Override
    public boolean awaitBeyond(long offset, Duration timeout) throws InterruptedException {
        long until = System.nanoTime() + timeout.toNanos();
        while (end() <= offset) {
            long left = until - System.nanoTime();
            if (left <= 0) {
                return false;
            }
            LockSupport.parkNanos(this, Math.min(left, LOOK_AGAIN.toNanos()));
            if (Thread.interrupted()) {
                throw new InterruptedException("interrupted while waiting for event " + offset);
            }
        }
        return true;
    }

    @Override
    public synchronized void close() {
        closed = true;
        if (tail != null) {
            tail.close();
            tail = null;
        }
        try {
            if (keys != null) {
                keys.close();
            }
        } catch (IOException e) {
            throw LogFailures.io("closing the keys of", segments.directory(), e);
        }
    }

    /** The newest segment with a header; one that is being made has none yet. */
    private void openLast() throws IOException {
        for (Map.Entry<Long, Path> segment = segments.last();
                segment != null;
                segment = segments.before(segment.getKey())) {
            if (Segments.readHeader(segment.getValue()) != null) {
                open(segment);
                return;
            }
        }
    }

    private void open(Map.Entry<Long, Path> segment) throws IOException {
        if (tail != null) {
            tail.close();
        }
        tail = new FrameCursor(segment.getValue(), segment.getKey());
        tailBase = segment.getKey();
        end = Math.max(end, tailBase);
    }

    private void follow() throws IOException {
        while (tail != null) {
            FrameCursor.Frame frame = tail.next();
            if (frame == FrameCursor.Frame.RECORD || frame == FrameCursor.Frame.GAP) {
                end = tail.offset();
            } else if (frame != FrameCursor.Frame.MARK && !moveOn(tail, frame)) {
                return;
            }
        }
    }

    /** @return whether there is another segment to follow */
    private boolean moveOn(FrameCursor at, FrameCursor.Frame frame) throws IOException {
        Map.Entry<Long, Path> next = segments.after(tailBase);
        if (next != null && next.getKey() == at.offset() && Segments.readHeader(next.getValue()) != null) {
            try {
                open(next);
                return true;
            } catch (NoSuchFileException e) {
                // Retention was faster; the next look finds the newest.
                at.close();
                tail = null;
                return false;
            }
        }
        if (frame == FrameCursor.Frame.DAMAGED) {
            long mark = at.findMark();
            if (mark >= 0) {
                throw LogFailures.damaged(at.file(), at.position(), at.offset(), mark);
            }
        }
        at.forgetBuffer();
        return false;
    }
}
