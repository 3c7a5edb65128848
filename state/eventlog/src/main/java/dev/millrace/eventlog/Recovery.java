package dev.millrace.eventlog;

import dev.millrace.runtime.Clock;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.Map;

/**
 * Finds where a log goes on when it is opened for writing. Owned by the opening thread.
 *
 * <p>Only the last segment is read whole. What lies behind its last valid record is a torn tail, which nobody was told
 * is stored: it is moved to a file of its own and cut off. If however a mark follows, the damaged bytes had been on disk:
 * then the log refuses to open, since cutting them off would lose acknowledged events silently. The ids come from the
 * files beside the older segments, or from the segments where such a file is missing.
 */
final class Recovery {
    private static final Logger log = LoggerFactory.getLogger(Recovery.class);

    private final Segments segments;
    private final EventLogConfig config;
    private final Clock clock;
    private final LogFile.Opener opener;
    private final long knownEnd;

    Recovery(Segments segments, EventLogConfig config, SegmentEventLog.Outside outside) {
        this.segments = segments;
        this.config = config;
        this.clock = outside.clock();
        this.opener = outside.opener();
        this.knownEnd = outside.knownEnd();
    }

    RecoveredLog run() throws IOException {
        long began = System.nanoTime();
        segments.list();
        dropUnfinishedSegment();
        Map.Entry<Long, Path> last = segments.last();
        RecoveredLog recovered = last == null ? begin() : resume(last.getKey(), last.getValue());
        log.info(
                "event log {} opened in {} ms: {} segments, {} ids known, next offset {}",
                segments.directory(),
                (System.nanoTime() - began) / 1_000_000,
                segments.size(),
                recovered.end() - recovered.window().first(),
                recovered.end());
        return recovered;
    }

    /** A crash while a segment is made leaves it without a header, and nothing can be in it. */
    private void dropUnfinishedSegment() throws IOException {
        Map.Entry<Long, Path> last = segments.last();
        if (last == null || Segments.readHeader(last.getValue()) != null) {
            return;
        }
        if (Files.size(last.getValue()) > SegmentFormat.HEADER_BYTES) {
            throw LogFailures.damaged(last.getValue(), 0, last.getKey(), -1);
        }
        requireKnownEnd(last.getKey());
        log.warn("segment {} was not finished when the process ended; it is empty and made again", last.getValue());
        Files.delete(last.getValue());
        segments.remove(last.getKey());
        if (segments.isEmpty()) {
            create(last.getKey()).close();
        }
    }

    private RecoveredLog begin() throws IOException {
        requireKnownEnd(0);
        return new RecoveredLog(segments.directory(), create(0), new IdWindow(config.windowEvents(), 0), 0);
    }

    private ActiveSegment create(long base) throws IOException {
        ActiveSegment created = ActiveSegment.create(segments.directory(), base, clock.millis(), opener);
        segments.add(base, created.path());
        return created;
    }

    private RecoveredLog resume(long base, Path file) throws IOException {
        IdWindow last = unbounded(base);
        try (FrameCursor cursor = new FrameCursor(file, base)) {
            FrameCursor.Frame stop = addIds(cursor, last, Long.MAX_VALUE);
            if (stop != FrameCursor.Frame.END) {
                requireTornTail(cursor);
                requireKnownEnd(cursor.offset());
                saveTornTail(cursor);
            }
            requireKnownEnd(cursor.offset());
            long end = cursor.offset();
            IdWindow window = olderIds(base, end);
            addAll(last.copy(base, end), window);
            ActiveSegment active = ActiveSegment.resume(file, base, cursor.position(), opener);
            return new RecoveredLog(segments.directory(), active, window, end);
        }
    }

    /** A window that holds any segment whole. */
    private static IdWindow unbounded(long base) {
        return new IdWindow(Integer.MAX_VALUE - 1, base);
    }

    private static void addAll(long[] hashes, IdWindow window) {
        for (int i = 0; i < hashes.length; i += 2) {
            window.add(hashes[i], hashes[i + 1]);
        }
        window.forgetOld();
    }

    /** Adds the ids of the cursor's records up to an offset; returns what ended it. */
    private static FrameCursor.Frame addIds(FrameCursor cursor, IdWindow window, long to) throws IOException {
        EventIdHash hash = new EventIdHash();
        while (cursor.offset() < to) {
            long before = cursor.offset();
            FrameCursor.Frame frame = cursor.next();
            if (frame == FrameCursor.Frame.GAP) {
                addStrangers(window, before, cursor.offset());
            } else if (frame == FrameCursor.Frame.RECORD) {
                hash.ofEvent(cursor.bytes(), cursor.contentStart(), cursor.contentLength());
                window.add(hash.high, hash.low);
            } else if (frame != FrameCursor.Frame.MARK) {
                return frame;
            }
        }
        return FrameCursor.Frame.END;
    }

    /** In the place of ids that were lost: hashes that no id has, so that lost events can be sent again. */
    private static void addStrangers(IdWindow window, long from, long to) {
        for (long offset = from; offset < to; offset++) {
            window.add(offset * 0x9E37_79B9_7F4A_7C15L, ~offset * 0xC2B2_AE3D_27D4_EB4FL);
        }
    }

    private static void requireTornTail(FrameCursor cursor) throws IOException {
        long mark = cursor.findMark();
        if (mark >= 0) {
            throw LogFailures.damaged(cursor.file(), cursor.position(), cursor.offset(), mark);
        }
    }

    /** What others read from this log was on disk and acknowledged: where it is not there any more, the log lost it. */
    private void requireKnownEnd(long end) {
        if (end < knownEnd) {
            throw LogFailures.endIsMissing(segments.directory(), end, knownEnd);
        }
    }

    private void saveTornTail(FrameCursor cursor) throws IOException {
        byte[] tail = cursor.readRest(cursor.position());
        Path saved = segments.directory().resolve("%020d-%d.torn".formatted(cursor.offset(), clock.millis()));
        Files.write(saved, tail);
        log.warn(
                "segment {} ended in {} bytes of a write that was not finished, from byte {} on (offset {}); they were"
                        + " never acknowledged and now lie in {}",
                cursor.file(),
                tail.length,
                cursor.position(),
                cursor.offset(),
                saved);
    }

    /** The window filled with the ids of segments before {@code base}, as far as it reaches from the log's end. */
    private IdWindow olderIds(long base, long end) throws IOException {
        Deque<IdFile> newestLast = new ArrayDeque<>();
        long reached = base;
        while (reached > 0 && end - reached < config.windowEvents()) {
            IdFile ids = idsEndingAt(reached);
            if (ids == null) {
                break;
            }
            newestLast.addFirst(ids);
            reached = ids.first();
        }
        IdWindow window = new IdWindow(config.windowEvents(), reached);
        for (IdFile ids : newestLast) {
            addAll(ids.hashes(), window);
        }
        return window;
    }

    /** The ids of the segment that ends at an offset, be it still there or not. */
    private @Nullable IdFile idsEndingAt(long end) throws IOException {
        Map.Entry<Long, Path> segment = segments.before(end);
        if (segment != null) {
            Path path = IdFile.pathFor(segments.directory(), segment.getKey());
            IdFile saved = IdFile.read(path);
            Map.Entry<Long, Path> next = segments.after(segment.getKey());
            boolean whole = next != null && next.getKey() == end;
            return saved != null && saved.first() + saved.count() == end
                    ? saved
                    : readIds(segment, end, whole ? path : null);
        }
        try (var files = Files.newDirectoryStream(segments.directory(), "*" + IdFile.SUFFIX)) {
            for (Path file : files) {
                if (IdFile.endOf(file) == end) {
                    return IdFile.read(file);
                }
            }
        }
        return null;
    }

    private static IdFile readIds(Map.Entry<Long, Path> segment, long end, @Nullable Path saveTo) throws IOException {
        log.warn("the ids of segment {} are not saved; reading the segment", segment.getValue());
        IdWindow all = unbounded(segment.getKey());
        try (FrameCursor cursor = new FrameCursor(segment.getValue(), segment.getKey())) {
            addIds(cursor, all, end);
            if (cursor.offset() != end) {
                throw LogFailures.damaged(cursor.file(), cursor.position(), cursor.offset(), end);
            }
        }
        IdFile ids = new IdFile(segment.getKey(), all.copy(segment.getKey(), end));
        if (saveTo != null) {
            ids.write(saveTo);
        }
        return ids;
    }
}
