package dev.millrace.server.hold;

import dev.millrace.model.InvalidValueException;
import dev.millrace.runtime.Configuration;
import dev.millrace.s3.S3ColdStore;
import dev.millrace.s3.S3Config;
import dev.millrace.storage.cold.ColdStore;
import dev.millrace.storage.cold.DirectoryColdStore;
import org.jspecify.annotations.Nullable;

import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;

/**
 * Where segments of the store go that are to leave its disk, and when.
 *
 * @param olderThan a segment that was begun so long ago goes
 * @param localBytes while sealed segments take more than this on disk, the oldest go, whatever their age
 */
public record ColdSettings(Place place, Duration olderThan, long localBytes) {
    private static final Duration WEEK = Duration.ofDays(7);
    private static final Duration LONGEST = Duration.ofDays(36_500);

    /** Storage below the disk. */
    public sealed interface Place {
        /** A bucket is connected to with the first request. */
        ColdStore open() throws IOException;
    }

    public record Directory(Path path) implements Place {
        @Override
        public ColdStore open() throws IOException {
            return DirectoryColdStore.open(path);
        }
    }

    public record Bucket(S3Config config) implements Place {
        @Override
        public ColdStore open() {
            return S3ColdStore.open(config);
        }
    }

    /**
     * @return nothing where no cold tier is named
     * @throws InvalidValueException where two are
     */
    public static @Nullable ColdSettings from(Configuration configuration) {
        String directory = configuration.text("store.cold.directory", "");
        S3Config bucket = S3Config.from(configuration);
        Duration olderThan = configuration.duration("store.cold.older-than", WEEK, Duration.ZERO, LONGEST);
        long localBytes = configuration.bytes("store.cold.local-bytes", Long.MAX_VALUE, 0, Long.MAX_VALUE);
        if (bucket == null) {
            return directory.isBlank()
                    ? null
                    : new ColdSettings(new Directory(Path.of(directory)), olderThan, localBytes);
        }
        if (!directory.isBlank()) {
            throw new InvalidValueException(
                    "store.cold.directory",
                    "'" + directory + "' is one cold tier and " + bucket.place() + " another; name one");
        }
        return new ColdSettings(new Bucket(bucket), olderThan, localBytes);
    }
}
