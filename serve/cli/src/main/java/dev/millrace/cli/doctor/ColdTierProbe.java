package dev.millrace.cli.doctor;

import dev.millrace.server.hold.ColdSettings;
import org.jspecify.annotations.Nullable;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;

/** Whether the cold tier of a data directory's store can be reached. Immutable. */
final class ColdTierProbe {
    private static final String SUBJECT = "cold tier";

    private final @Nullable ColdSettings settings;

    ColdTierProbe(@Nullable ColdSettings settings) {
        this.settings = settings;
    }

    Finding examine() {
        if (settings == null) {
            return Finding.good(SUBJECT, "none", "All segments of the store stay on its disk (store.cold.directory).");
        }
        Path directory = settings.directory();
        if (!Files.isDirectory(directory)) {
            return Finding.limited(
                    SUBJECT,
                    directory + " is no directory",
                    "The server makes it; where a store has segments there, mount it first, or their rows count as absent.");
        }
        if (!Files.isWritable(directory)) {
            return Finding.limited(SUBJECT, directory + " cannot be written", "No segment leaves the store's disk.");
        }
        try {
            long free = Files.getFileStore(directory).getUsableSpace();
            return Finding.good(
                    SUBJECT,
                    directory + ", " + Sizes.of(free) + " free",
                    "Segments go there when they are " + settings.olderThan().toHours() + " hours old.");
        } catch (IOException e) {
            return Finding.limited(SUBJECT, directory + ": " + e.getMessage(), "Rows that lie there count as absent.");
        }
    }
}
