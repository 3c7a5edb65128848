package dev.millrace.fuzz;

import com.code_intelligence.jazzer.api.FuzzedDataProvider;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Stream;

/** The files of a whole directory, and a directory that has them with one changed. Owned by the fuzzing thread. */
final class FileSet {
    private final Path directory;
    private final List<Named> files;

    private record Named(Path name, byte[] bytes) {}

    private FileSet(Path directory, List<Named> files) {
        this.directory = directory;
        this.files = List.copyOf(files);
    }

    /** Makes whole files in an empty directory. */
    @FunctionalInterface
    interface Maker {
        void make(Path directory) throws IOException;
    }

    /** Does something to a changed file before it is written. */
    @FunctionalInterface
    interface Finish {
        void finish(String name, byte[] whole, byte[] changed);
    }

    static FileSet of(Maker maker) {
        try {
            Path home = Files.createTempDirectory("millrace-fuzz");
            Path whole = Files.createDirectory(home.resolve("whole"));
            maker.make(whole);
            return new FileSet(home.resolve("changed"), read(whole));
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    private static List<Named> read(Path whole) throws IOException {
        List<Named> files = new ArrayList<>();
        try (Stream<Path> listed = Files.walk(whole)) {
            for (Path file : listed.filter(Files::isRegularFile).sorted().toList()) {
                if (!file.getFileName().toString().startsWith("lock")) {
                    files.add(new Named(whole.relativize(file), Files.readAllBytes(file)));
                }
            }
        }
        return files;
    }

    Path directory() {
        return directory;
    }

    /** The directory with one file changed. */
    Path write(FuzzedDataProvider data, Finish finish) throws IOException {
        delete(directory);
        int chosen = data.consumeInt(0, files.size() - 1);
        for (int i = 0; i < files.size(); i++) {
            Named file = files.get(i);
            byte[] bytes = file.bytes();
            if (i == chosen) {
                bytes = Change.of(file.bytes(), data);
                finish.finish(file.name().toString(), file.bytes(), bytes);
            }
            Path path = directory.resolve(file.name());
            Files.createDirectories(path.getParent());
            Files.write(path, bytes);
        }
        return directory;
    }

    static void copy(Path from, Path to) throws IOException {
        Files.createDirectories(to);
        for (Named file : read(from)) {
            Files.write(to.resolve(file.name()), file.bytes());
        }
    }

    static void replace(Path directory, Path by) throws IOException {
        delete(directory);
        Files.move(by, directory);
    }

    static void delete(Path directory) throws IOException {
        if (Files.exists(directory)) {
            try (Stream<Path> files = Files.walk(directory)) {
                for (Path file : files.sorted((a, b) -> b.compareTo(a)).toList()) {
                    Files.delete(file);
                }
            }
        }
    }
}
