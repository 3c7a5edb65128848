package dev.millrace.evaluation;

import static org.junit.jupiter.api.Assumptions.assumeTrue;

import org.jspecify.annotations.Nullable;

import java.nio.file.Files;
import java.nio.file.Path;

/** Finds the public datasets, which are not part of the project. */
public final class RealData {
    private RealData() {}

    /** The folder of a dataset; without it the test is skipped, and says so. */
    public static Path folder(String name) {
        Path root = root();
        Path folder = root == null ? null : root.resolve(name);
        boolean present = folder != null && Files.isDirectory(folder);
        String message = "SKIPPED: no dataset '" + name + "'; set MILLRACE_DATA to the folder that holds it";
        if (!present) {
            System.err.println(message);
        }
        assumeTrue(present, message);
        if (folder == null) {
            throw new IllegalStateException(message);
        }
        return folder;
    }

    /** The property or variable MILLRACE_DATA, or shared/data beside the project. */
    private static @Nullable Path root() {
        String given = System.getProperty("MILLRACE_DATA", System.getenv("MILLRACE_DATA"));
        if (given != null) {
            return Path.of(given);
        }
        for (Path folder = Path.of("").toAbsolutePath(); folder != null; folder = folder.getParent()) {
            if (Files.isRegularFile(folder.resolve("mvnw"))) {
                return folder.resolveSibling("shared").resolve("data");
            }
        }
        return null;
    }
}
