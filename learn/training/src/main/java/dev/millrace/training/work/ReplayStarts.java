package dev.millrace.training.work;

import dev.millrace.features.FeatureState;
import dev.millrace.features.FeaturesConfig;
import dev.millrace.features.WholeSnapshot;
import dev.millrace.storage.personal.KeyTable;
import dev.millrace.storage.personal.PersonalCipher;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;

/** The whole snapshots that a server has made, with which a replay of its log can begin. Immutable. */
public final class ReplayStarts {
    private static final Logger log = LoggerFactory.getLogger(ReplayStarts.class);

    private final Path snapshots;
    private final @Nullable PersonalCipher cipher;

    /** @param keys of users; nothing where there are none, and so no whole snapshots */
    public ReplayStarts(Path dataDirectory, @Nullable KeyTable keys) {
        this.snapshots = dataDirectory.resolve("snapshots");
        this.cipher = keys == null ? null : new PersonalCipher(keys);
    }

    /** The state of the oldest snapshot behind which the log has every event; nothing where there is none. */
    public @Nullable FeatureState oldest(long logBegin, FeaturesConfig config) throws IOException {
        for (WholeSnapshot snapshot : from(logBegin)) {
            try {
                return snapshot.restore(config);
            } catch (IOException e) {
                passOver(snapshot, e);
            }
        }
        return null;
    }

    /**
     * The snapshots by how little there is to read from each to an offset: those up to there, the newest first; behind these, where the
     * log has lost its beginning, the later ones.
     */
    public List<WholeSnapshot> nearest(long logBegin, long offset) throws IOException {
        List<WholeSnapshot> usable = from(logBegin);
        List<WholeSnapshot> nearest = new ArrayList<>();
        usable.reversed().stream()
                .filter(snapshot -> snapshot.offset() <= offset)
                .forEach(nearest::add);
        if (logBegin > 0) {
            usable.stream().filter(snapshot -> snapshot.offset() > offset).forEach(nearest::add);
        }
        return nearest;
    }

    /** Tells of one that cannot be read: it may be damaged, or have been removed meanwhile. */
    public static void passOver(WholeSnapshot snapshot, Exception e) {
        log.warn("whole snapshot {} is passed over", snapshot.file(), e);
    }

    private List<WholeSnapshot> from(long logBegin) throws IOException {
        return cipher == null
                ? List.of()
                : WholeSnapshot.in(snapshots, cipher).stream()
                        .filter(snapshot -> snapshot.offset() >= logBegin)
                        .toList();
    }
}
