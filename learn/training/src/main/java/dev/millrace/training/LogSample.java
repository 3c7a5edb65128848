package dev.millrace.training;

import dev.millrace.eventlog.LogReader;
import dev.millrace.eventlog.ReadableEventLog;
import dev.millrace.eventlog.SegmentEventLog;
import dev.millrace.samples.SequenceDataset;
import dev.millrace.samples.SequenceOptions;
import dev.millrace.samples.SequenceSampler;
import dev.millrace.storage.personal.KeyConfig;

import java.io.FileOutputStream;
import java.io.IOException;
import java.io.OutputStream;
import java.io.Reader;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;
import java.util.Properties;

/**
 * The sequences of an event log up to an offset. Immutable.
 *
 * <p>The offset is remembered in a small file until the model is published, so that a run that was stopped continues on
 * the very data it began with, however much the log has grown.
 *
 * @param begin the oldest offset that was read
 * @param end one more than the newest offset that was read
 */
public record LogSample(SequenceDataset dataset, long begin, long end) {
    /** Older actions of very active users teach little more and would fill most of an epoch. */
    private static final int MAX_SEQUENCE = 2_000;

    private static final int POLL_EVENTS = 4096;

    /** All that the log holds now. */
    public static LogSample take(Path log, KeyConfig keys) throws IOException {
        try (ReadableEventLog events = SegmentEventLog.openReadOnly(log, keys)) {
            return take(events, events.end());
        }
    }

    static LogSample take(Path log, KeyConfig keys, Path remembered) throws IOException {
        try (ReadableEventLog events = SegmentEventLog.openReadOnly(log, keys)) {
            return take(events, endOf(events, remembered));
        }
    }

    private static LogSample take(ReadableEventLog events, long end) throws IOException {
        long begin = events.begin();
        SequenceSampler sampler = new SequenceSampler(SequenceOptions.all().withSequenceLength(1, MAX_SEQUENCE));
        try (LogReader reader = events.read(begin)) {
            while (reader.offset() < end
                    && reader.poll(sampler, (int) Math.min(POLL_EVENTS, end - reader.offset())) > 0) {
                // Each poll moves the reader on.
            }
        }
        return new LogSample(sampler.dataset(), begin, end);
    }

    Map<String, String> lineage() {
        return Map.of("source", "event log", "logBegin", Long.toString(begin), "logEnd", Long.toString(end));
    }

    /** The remembered end while the log still holds what was sampled; else the present one, remembered from now on. */
    private static long endOf(ReadableEventLog events, Path remembered) throws IOException {
        Properties properties = new Properties();
        if (Files.exists(remembered)) {
            try (Reader in = Files.newBufferedReader(remembered)) {
                properties.load(in);
            }
        }
        long begin = number(properties.getProperty("begin", "-1"));
        long end = number(properties.getProperty("end", "-1"));
        if (begin == events.begin() && end >= begin && end <= events.end()) {
            return end;
        }
        properties.setProperty("begin", Long.toString(events.begin()));
        properties.setProperty("end", Long.toString(events.end()));
        try (OutputStream out = new FileOutputStream(remembered.toFile())) {
            properties.store(out, "The part of the event log that the training under way reads");
        }
        return events.end();
    }

    private static long number(String text) {
        try {
            return Long.parseLong(text);
        } catch (NumberFormatException e) {
            return -1; // a damaged file is no reason to fail: the run starts anew
        }
    }
}
