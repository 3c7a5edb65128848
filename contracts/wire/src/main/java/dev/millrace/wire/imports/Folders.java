package dev.millrace.wire.imports;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;

/** The files of a data set that is one file, or a folder with items, users and events. */
final class Folders {
    private Folders() {}

    /** The file itself, or of a folder items, users and events with this ending, in this order. */
    static List<Path> files(Path path, String ending) throws IOException {
        if (Files.isRegularFile(path)) {
            return List.of(path);
        }
        List<Path> files = new ArrayList<>();
        for (String name : List.of("items", "users", "events")) {
            Path file = LineFields.find(path, name + ending);
            if (file != null) {
                files.add(file);
            }
        }
        if (files.isEmpty()) {
            throw new NoSuchFileException(
                    path.toString(),
                    null,
                    "give a file, or a folder with items%1$s, users%1$s or events%1$s (plain or .gz)"
                            .formatted(ending));
        }
        return files;
    }
}
