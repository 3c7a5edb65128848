package dev.millrace.wire.imports;

import org.junit.jupiter.api.Assumptions;

import java.nio.file.Files;
import java.nio.file.Path;

/** Finds the real data sets, which are not part of the product: in MILLRACE_DATA, or beside the project. */
final class RealFiles {
    private RealFiles() {}

    static Path folder(String name) {
        String given = System.getProperty("MILLRACE_DATA", System.getenv("MILLRACE_DATA"));
        Path root = given == null ? beside() : Path.of(given);
        Path folder = root.resolve(name);
        Assumptions.assumeTrue(
                Files.isDirectory(folder),
                () -> "SKIPPED: no data set at " + folder + "; set MILLRACE_DATA to the folder that holds " + name);
        return folder;
    }

    private static Path beside() {
        Path at = Path.of("").toAbsolutePath();
        while (at != null && !Files.isDirectory(at.resolve("shared/data"))) {
            at = at.getParent();
        }
        return at == null ? Path.of("../shared/data") : at.resolve("shared/data");
    }
}
