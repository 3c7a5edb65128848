package dev.millrace.eventlog;

import dev.millrace.runtime.Clock;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

import java.io.IOException;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;

/**
 * Deletes whole segments that are too old or too many, the oldest first, never the active one and never events from the
 * protected offset on. The files of ids stay until the window has passed them, so that retention does not make old events
 * new again. Called by the writing thread; {@link #protectFrom} by any.
 */
final class Retention {
    private static final Logger log = LoggerFactory.getLogger(Retention.class);

    private final EventLogConfig config;
    private final Segments segments;
    private final Clock clock;
    /** Everything, until somebody says what is saved elsewhere. */
    private volatile long protectedFrom;

    Retention(EventLogConfig config, Segments segments, Clock clock) {
        this.config = config;
        this.segments = segments;
        this.clock = clock;
    }

    void protectFrom(long offset) {
        protectedFrom = offset;
    }

    void apply(long activeBase, long windowFirst) {
        try {
            deleteSegments(activeBase);
            deleteIdFiles(windowFirst);
        } catch (IOException e) {
            log.warn("retention could not delete a file of {}; it will try again", segments.directory(), e);
        }
    }

    private void deleteSegments(long activeBase) throws IOException {
        boolean boundedBytes = config.retentionBytes() != Long.MAX_VALUE;
        long bytes = boundedBytes ? totalBytes() : 0;
        while (true) {
            Map.Entry<Long, Path> oldest = segments.first();
            Map.Entry<Long, Path> next = oldest == null ? null : segments.after(oldest.getKey());
            if (oldest == null || next == null || oldest.getKey() >= activeBase || next.getKey() > protectedFrom) {
                return;
            }
            boolean tooMany = boundedBytes && bytes > config.retentionBytes();
            if (!tooMany && !isTooOld(next.getValue())) {
                return;
            }
            bytes -= Files.size(oldest.getValue());
            segments.remove(oldest.getKey());
            Files.deleteIfExists(oldest.getValue());
            log.info("retention deleted {}; the log begins at {}", oldest.getValue(), next.getKey());
        }
    }

    /** A segment's newest event is at most as old as the creation of the next. */
    private boolean isTooOld(Path next) throws IOException {
        if (config.retentionAge().equals(EventLogConfig.KEEP_FOREVER)) {
            return false;
        }
        SegmentFormat.Header header = Segments.readHeader(next);
        return header != null
                && clock.millis() - header.createdMillis()
                        > config.retentionAge().toMillis();
    }

    private long totalBytes() throws IOException {
        long bytes = 0;
        for (Map.Entry<Long, Path> segment = segments.first();
                segment != null;
                segment = segments.after(segment.getKey())) {
            bytes += Files.size(segment.getValue());
        }
        return bytes;
    }

    private void deleteIdFiles(long windowFirst) throws IOException {
        try (DirectoryStream<Path> files = Files.newDirectoryStream(segments.directory(), "*" + IdFile.SUFFIX)) {
            for (Path file : files) {
                if (IdFile.endOf(file) <= windowFirst) {
                    Files.deleteIfExists(file);
                }
            }
        }
    }
}
