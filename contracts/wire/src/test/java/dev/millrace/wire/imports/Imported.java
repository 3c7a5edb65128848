package dev.millrace.wire.imports;

import dev.millrace.model.Event;

import java.io.IOException;
import java.io.OutputStream;
import java.nio.charset.Charset;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.zip.GZIPOutputStream;

/** Everything that an import gave. */
record Imported(
        List<Event> events,
        List<RejectSink.Reject> rejects,
        List<ProgressSink.Progress> progress,
        ImportSummary summary) {
    static Imported read(DatasetFormat format, Path path) throws IOException {
        List<Event> events = new ArrayList<>();
        List<RejectSink.Reject> rejects = new ArrayList<>();
        List<ProgressSink.Progress> progress = new ArrayList<>();
        ImportSummary summary = format.reader().read(path, events::add, rejects::add, progress::add);
        return new Imported(events, rejects, progress, summary);
    }

    List<Event.Action> actions() {
        return events.stream()
                .filter(Event.Action.class::isInstance)
                .map(Event.Action.class::cast)
                .toList();
    }

    static void write(Path file, Charset charset, String content) throws IOException {
        if (!file.toString().endsWith(".gz")) {
            Files.writeString(file, content, charset);
            return;
        }
        try (OutputStream out = new GZIPOutputStream(Files.newOutputStream(file))) {
            out.write(content.getBytes(charset));
        }
    }
}
