package dev.millrace.features;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;

/**
 * What a training or a learner leaves in the folder of snapshots whose log has lost its beginning: the server beside it then makes whole
 * snapshots, also where nothing tells it that somebody learns. Immutable.
 */
public record WholeSnapshotRequest(Path snapshots) {
    /** Whoever has not learnt for so long wants no copies of all rows on disk. */
    public static final Duration LASTS = Duration.ofDays(30);

    private static final String NAME = "whole.wanted";

    /** Asks, or asks again. */
    public void place() throws IOException {
        Files.createDirectories(snapshots);
        // Its time says when; written, since a file that is there keeps the time of its last writing.
        Files.writeString(file(), "a training or a learner wants whole snapshots\n");
    }

    /** Whether somebody has asked of late. */
    public boolean isPlaced(Instant now) throws IOException {
        try {
            return Files.getLastModifiedTime(file()).toInstant().isAfter(now.minus(LASTS));
        } catch (NoSuchFileException e) {
            return false;
        }
    }

    private Path file() {
        return snapshots.resolve(NAME);
    }
}
