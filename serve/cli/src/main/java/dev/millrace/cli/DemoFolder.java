package dev.millrace.cli;

import org.jspecify.annotations.Nullable;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Comparator;
import java.util.List;
import java.util.stream.Stream;

/** The demo's data directory: the user's, which stays, or a temporary one, which goes with the demo. */
record DemoFolder(Path path, boolean temporary) implements AutoCloseable {
    static DemoFolder of(@Nullable Path given) throws IOException {
        return given == null
                ? new DemoFolder(Files.createTempDirectory("millrace-demo"), true)
                : new DemoFolder(Files.createDirectories(given), false);
    }

    @Override
    public void close() {
        if (!temporary) {
            return;
        }
        try (Stream<Path> tree = Files.walk(path)) {
            List<Path> deepestFirst = tree.sorted(Comparator.reverseOrder()).toList();
            for (Path entry : deepestFirst) {
                Files.deleteIfExists(entry);
            }
        } catch (IOException e) {
            throw new UncheckedIOException("the demo's folder " + path + " could not be removed; remove it by hand", e);
        }
    }
}
