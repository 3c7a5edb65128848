package dev.millrace.eventlog;

import dev.millrace.model.ErrorCode;
import dev.millrace.model.MillraceException;
import dev.millrace.runtime.Clock;
import dev.millrace.runtime.DirectoryLock;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.FileSystemException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardOpenOption;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;

/**
 * Finds what of a log cannot be read, and lets it go on without: start at {@link #examine}. Stateless.
 *
 * <p>A damaged segment is written anew with a gap in each damaged place, so that every other event keeps its offset; the
 * segment as it was is kept beside it. A process that ends meanwhile leaves the log as it was before or after.
 */
public final class LogRepair {
    /** What the file of a damaged segment is called once it is replaced, behind the offset and the time. */
    static final String ASIDE = ".damaged";

    private static final Logger log = LoggerFactory.getLogger(LogRepair.class);

    private LogRepair() {}

    /**
     * Reads every byte of a log and changes nothing. What a server writes meanwhile may be missing or look torn.
     *
     * @param knownEnd what happened up to this offset others hold: a log that ends before it lost its end
     * @throws MillraceException NOT_FOUND where there is no log
     */
    public static LogReport examine(Path directory, long knownEnd) {
        try {
            return report(examineSegments(directory, knownEnd));
        } catch (IOException e) {
            throw LogFailures.io("reading the event log", directory, e);
        }
    }

    /**
     * Takes the damaged places out of a log that no process has open for writing.
     *
     * @param knownEnd as {@link #examine}; a gap takes the place of what is missing before it
     * @return what was found before, and so what is lost
     * @throws MillraceException CONFLICT when a process has the log open
     */
    public static LogReport skipDamage(Path directory, long knownEnd, Clock clock) {
        try {
            requireLog(directory);
            try (DirectoryLock _ = DirectoryLock.acquire(directory, "the event log")) {
                List<SegmentExamination> segments = examineSegments(directory, knownEnd);
                LogReport found = report(segments);
                for (SegmentExamination segment : segments) {
                    if (!segment.damages().isEmpty()) {
                        replace(segment, clock.millis());
                    }
                }
                return found;
            }
        } catch (IOException e) {
            throw LogFailures.io("mending the event log", directory, e);
        }
    }

    private static void requireLog(Path directory) {
        if (!Files.isDirectory(directory)) {
            throw new MillraceException(
                    ErrorCode.NOT_FOUND, "there is no event log at " + directory + "; give the log's directory");
        }
    }

    private static List<SegmentExamination> examineSegments(Path directory, long knownEnd) throws IOException {
        requireLog(directory);
        Segments segments = new Segments(directory);
        segments.list();
        if (segments.isEmpty() && knownEnd > 0) {
            throw new MillraceException(
                    ErrorCode.NOT_FOUND,
                    "the event log " + directory
                            + " is empty, and a snapshot beside it holds what happened up to offset " + knownEnd
                            + "; put the log back from a copy, or move the snapshots away to begin anew");
        }
        List<SegmentExamination> found = new ArrayList<>();
        Map.Entry<Long, Path> segment = segments.first();
        while (segment != null) {
            Map.Entry<Long, Path> next = segments.after(segment.getKey());
            long nextBase = next == null ? SegmentExamination.LAST : next.getKey();
            found.add(SegmentExamination.of(segment.getValue(), segment.getKey(), nextBase, knownEnd));
            segment = next;
        }
        return found;
    }

    private static LogReport report(List<SegmentExamination> segments) throws IOException {
        long bytes = 0;
        long events = 0;
        long skipped = 0;
        List<LogDamage> damages = new ArrayList<>();
        for (SegmentExamination segment : segments) {
            bytes += Files.size(segment.file());
            events += segment.events();
            skipped += segment.skipped();
            damages.addAll(segment.damages());
        }
        boolean empty = segments.isEmpty();
        return new LogReport(
                segments.size(),
                empty ? 0 : segments.getFirst().base(),
                empty ? 0 : segments.getLast().end(),
                events,
                bytes,
                skipped,
                empty ? 0 : segments.getLast().tornBytes(),
                damages);
    }

    private static void replace(SegmentExamination segment, long nowMillis) throws IOException {
        Path file = segment.file();
        Path mended = file.resolveSibling(file.getFileName() + ".mending");
        write(segment, mended);
        Path aside = file.resolveSibling("%020d-%d%s".formatted(segment.base(), nowMillis, ASIDE));
        keep(file, aside);
        // Its ids would make the lost events known, so that they could not be sent again.
        Files.deleteIfExists(IdFile.pathFor(file.resolveSibling(""), segment.base()));
        Files.move(mended, file, StandardCopyOption.ATOMIC_MOVE, StandardCopyOption.REPLACE_EXISTING);
        try (FileChannel directory = FileChannel.open(file.resolveSibling(""), StandardOpenOption.READ)) {
            directory.force(true);
        }
        log.warn("segment {} was written anew without its damage; as it was, it lies in {}", file, aside);
    }

    /** A second name for the same bytes; a copy where the file system knows no such thing. */
    private static void keep(Path file, Path aside) throws IOException {
        try {
            Files.createLink(aside, file);
        } catch (UnsupportedOperationException | FileSystemException e) {
            Files.copy(file, aside);
            // The original is about to go: its copy must outlast a power failure.
            try (FileChannel copy = FileChannel.open(aside, StandardOpenOption.WRITE)) {
                copy.force(true);
            }
        }
    }

    private static void write(SegmentExamination segment, Path mended) throws IOException {
        try (FileChannel from = FileChannel.open(segment.file(), StandardOpenOption.READ);
                FileChannel to = FileChannel.open(
                        mended,
                        StandardOpenOption.CREATE,
                        StandardOpenOption.WRITE,
                        StandardOpenOption.TRUNCATE_EXISTING)) {
            long at = 0;
            for (LogDamage damage : segment.damages()) {
                copy(from, at, damage.position(), to);
                if (damage.position() == 0 && damage.events() == 0) { // an empty file has also lost events there
                    write(to, header(segment));
                } else if (damage.events() > 0) {
                    write(to, SegmentFormat.gap(damage.fromOffset(), damage.toOffset()));
                }
                at = damage.position() + damage.bytes();
            }
            copy(from, at, from.size(), to);
            to.force(true);
        }
    }

    /** When a segment was made is not known any more; the time of its last change is never too old for retention. */
    private static ByteBuffer header(SegmentExamination segment) throws IOException {
        return SegmentFormat.header(
                segment.base(), Files.getLastModifiedTime(segment.file()).toMillis());
    }

    private static void copy(FileChannel from, long begin, long end, FileChannel to) throws IOException {
        long at = begin;
        // Behind the last byte nothing is transferred, for ever: a file may end within its header.
        long last = Math.min(end, from.size());
        while (at < last) {
            at += from.transferTo(at, last - at, to);
        }
    }

    private static void write(FileChannel to, ByteBuffer bytes) throws IOException {
        while (bytes.hasRemaining()) {
            to.write(bytes);
        }
    }
}
