package dev.millrace.cli.imports;

import com.fasterxml.jackson.databind.ObjectMapper;
import dev.millrace.wire.imports.RejectSink;
import org.jspecify.annotations.Nullable;

import java.io.BufferedWriter;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.Map;

/** Keeps what an import could not take, one JSON object per line; the file appears with the first one. Owned by one thread. */
public final class RejectFile implements RejectSink, AutoCloseable {
    private static final ObjectMapper JSON = new ObjectMapper();

    private final Path file;
    private @Nullable BufferedWriter writer;

    public RejectFile(Path file) {
        this.file = file;
    }

    @Override
    public void reject(Reject reject) throws IOException {
        if (writer == null) {
            Path folder = file.toAbsolutePath().getParent();
            if (folder != null) {
                Files.createDirectories(folder);
            }
            writer = Files.newBufferedWriter(file);
        }
        Map<String, Object> line = new LinkedHashMap<>();
        line.put("file", reject.file());
        line.put("line", reject.line());
        line.put("reason", reject.reason());
        line.put("raw", reject.raw());
        writer.write(JSON.writeValueAsString(line));
        writer.newLine();
    }

    /** Whether anything was rejected. */
    public boolean isUsed() {
        return writer != null;
    }

    @Override
    public void close() throws IOException {
        if (writer != null) {
            writer.close();
        }
    }
}
