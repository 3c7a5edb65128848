package dev.millrace.server.hold;

import dev.millrace.runtime.Configuration;
import org.jspecify.annotations.Nullable;

import java.nio.file.Path;
import java.time.Duration;

/**
 * Where segments of the store go that are to leave its disk, and when.
 *
 * @param olderThan a segment that was begun so long ago goes
 * @param localBytes while sealed segments take more than this on disk, the oldest go, whatever their age
 */
public record ColdSettings(Path directory, Duration olderThan, long localBytes) {
    private static final Duration WEEK = Duration.ofDays(7);
    private static final Duration LONGEST = Duration.ofDays(36_500);

    /** @return nothing where no cold tier is named */
    public static @Nullable ColdSettings from(Configuration configuration) {
        String directory = configuration.text("store.cold.directory", "");
        Duration olderThan = configuration.duration("store.cold.older-than", WEEK, Duration.ZERO, LONGEST);
        long localBytes = configuration.bytes("store.cold.local-bytes", Long.MAX_VALUE, 0, Long.MAX_VALUE);
        return directory.isBlank() ? null : new ColdSettings(Path.of(directory), olderThan, localBytes);
    }
}
