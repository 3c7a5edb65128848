package dev.millrace.wire.imports;

import dev.millrace.model.Event;
import dev.millrace.model.InvalidValueException;
import dev.millrace.wire.EventTimes;
import dev.millrace.wire.Given;
import org.jspecify.annotations.Nullable;

import java.io.EOFException;
import java.io.IOException;
import java.nio.charset.Charset;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.DateTimeException;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.zip.ZipException;

/** One import under way: takes files line by line, passes on their events, and counts. Owned by one thread. */
final class ImportRun {
    private static final int PROGRESS_LINES = 4096;
    private static final int MAX_REASONS = 64;
    private static final int MAX_RAW_CHARS = 64 * 1024;

    private final EventSink sink;
    private final RejectSink rejects;
    private final ProgressSink progress;
    private final List<Event> pending = new ArrayList<>();
    private final Map<String, Long> reasons = new TreeMap<>();
    private long bytesTotal;
    private long bytesOfFinishedFiles;
    private long lines;
    private long events;
    private long rejected;

    ImportRun(EventSink sink, RejectSink rejects, ProgressSink progress) {
        this.sink = sink;
        this.rejects = rejects;
        this.progress = progress;
    }

    /** Makes the events of one line; an {@link InvalidValueException} rejects the line with all of them. */
    @FunctionalInterface
    interface LineParser {
        void parse(SourceLine line, List<Event> into);
    }

    /** Gives the parser for a file once its first line is known. */
    @FunctionalInterface
    interface HeaderReader {
        /** The parser, and whether the first line is a header rather than content. */
        Opened open(String firstLine);
    }

    /** A parser that fits the file, and whether the file's first line is a header. */
    record Opened(LineParser parser, boolean firstLineIsHeader) {}

    /** Announces files, so that progress knows the whole. */
    void expect(@Nullable Path... files) throws IOException {
        for (Path file : files) {
            bytesTotal += file == null ? 0 : Files.size(file);
        }
    }

    void read(Path file, Charset charset, LineParser parser) throws IOException {
        read(file, charset, first -> new Opened(parser, false));
    }

    void read(Path file, Charset charset, HeaderReader headers) throws IOException {
        String name = file.getFileName().toString();
        try (LineReader reader = LineReader.open(file, charset)) {
            report(name, 0);
            @Nullable LineParser parser = null;
            long number = 0;
            for (String text = next(reader, name, number); text != null; text = next(reader, name, number)) {
                number++;
                if (number == 1) {
                    text = withoutByteOrderMark(text);
                }
                if (text.isBlank()) {
                    continue;
                }
                if (parser == null) {
                    Opened opened = headers.open(text);
                    parser = opened.parser();
                    if (opened.firstLineIsHeader()) {
                        continue;
                    }
                }
                line(new SourceLine(name, number, text), reader.isTooLong(), parser);
                if (number % PROGRESS_LINES == 0) {
                    report(name, reader.bytesRead());
                }
            }
            bytesOfFinishedFiles += Files.size(file);
            report(name, 0);
        }
    }

    ImportSummary summary() {
        return new ImportSummary(lines, events, rejected, reasons);
    }

    private void line(SourceLine line, boolean tooLong, LineParser parser) throws IOException {
        lines++;
        pending.clear();
        try {
            if (tooLong) {
                throw new InvalidValueException(
                        "line", "has more than " + LineReader.MAX_LINE_CHARS + " characters; split it");
            }
            parser.parse(line, pending);
            for (Event event : pending) {
                EventTimes.requirePast(event.timestamp(), Instant.now());
                requireAdmissible(event);
            }
        } catch (InvalidValueException e) {
            reject(line, e.field(), e.getMessage());
            return;
        } catch (DateTimeException | ArithmeticException e) {
            reject(line, "timestamp", "timestamp is outside the years that can be kept: " + e.getMessage());
            return;
        }
        for (Event event : pending) {
            sink.accept(event);
            events++;
        }
    }

    /** As a server does with what is sent to it: a data directory must not get what it could not be asked for. */
    private static void requireAdmissible(Event event) {
        switch (event) {
            case Event.Action action -> {
                Given.requireAddressable("user", action.user().value());
                Given.requireAddressable("item", action.item().value());
                double _ = Given.amount("value", action.value());
            }
            case Event.ItemUpserted upserted ->
                Given.requireAddressable("id", upserted.item().id().value());
            case Event.UserUpserted upserted ->
                Given.requireAddressable("id", upserted.user().id().value());
            case Event.ItemDeleted _, Event.UserDeleted _, Event.SlateServed _ -> {} // not in a file
        }
    }

    private void reject(SourceLine line, String field, @Nullable String reason) throws IOException {
        rejected++;
        reasons.merge(reasons.size() < MAX_REASONS || reasons.containsKey(field) ? field : "other", 1L, Long::sum);
        String raw = line.text().length() > MAX_RAW_CHARS ? line.text().substring(0, MAX_RAW_CHARS) : line.text();
        rejects.reject(new RejectSink.Reject(line.file(), line.number(), raw, reason == null ? field : reason));
    }

    private void report(String file, long bytesOfFile) {
        progress.progress(
                new ProgressSink.Progress(file, bytesOfFinishedFiles + bytesOfFile, bytesTotal, events, rejected));
    }

    private static @Nullable String next(LineReader reader, String file, long number) throws IOException {
        try {
            return reader.next();
        } catch (EOFException | ZipException e) {
            throw new IOException(
                    file + " is damaged or cut off after line " + number + ": " + e.getMessage()
                            + ". What came before was read; get the file again and repeat the import",
                    e);
        }
    }

    private static String withoutByteOrderMark(String text) {
        return text.startsWith("\uFEFF") ? text.substring(1) : text;
    }
}
