package dev.millrace.storage.personal;

import java.nio.file.Path;

/** The names of key files: {@code keys-GENERATION.table}, in 20 digits so that they are ordered. Stateless. */
final class KeyNames {
    private static final String PREFIX = "keys-";
    private static final String SUFFIX = ".table";
    private static final String UNFINISHED = ".table.writing";

    private KeyNames() {}

    static Path keyFile(Path directory, long generation) {
        return directory.resolve("%s%020d%s".formatted(PREFIX, generation, SUFFIX));
    }

    static Path unfinished(Path directory, long generation) {
        return directory.resolve("%s%020d%s".formatted(PREFIX, generation, UNFINISHED));
    }

    static boolean isKeyFile(Path file) {
        String name = String.valueOf(file.getFileName());
        return name.startsWith(PREFIX) && name.endsWith(SUFFIX);
    }

    static boolean isUnfinished(Path file) {
        String name = String.valueOf(file.getFileName());
        return name.startsWith(PREFIX) && name.endsWith(UNFINISHED);
    }
}
