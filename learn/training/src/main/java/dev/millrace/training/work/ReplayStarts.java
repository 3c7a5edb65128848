package dev.millrace.training.work;

import dev.millrace.features.FeatureState;
import dev.millrace.features.FeaturesConfig;
import dev.millrace.features.WholeSnapshot;
import dev.millrace.features.WholeSnapshotRequest;
import dev.millrace.storage.personal.KeyTable;
import dev.millrace.storage.personal.PersonalCipher;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;

/**
 * The whole snapshots that a server has made, with which a replay of its log can begin. Who looks for one of a log that has lost its
 * beginning asks the server to make them. Immutable.
 */
public final class ReplayStarts {
    /** Where a log has lost its beginning, and there is none behind it. */
    public static final String NONE_YET =
            "retention (log.retention-bytes, log.retention-age) has removed the log's first events, and there is no whole"
                    + " snapshot behind them yet, so that items and histories of before are not known here. A server that runs on"
                    + " this directory has been asked for one: it makes it within a minute, or says in its log why it cannot,"
                    + " unless its snapshot.whole-events is 0, which forbids it";

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
        askWhereNeeded(logBegin);
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
        askWhereNeeded(logBegin);
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

    private void askWhereNeeded(long logBegin) {
        if (logBegin == 0) {
            return;
        }
        try {
            new WholeSnapshotRequest(snapshots).place();
        } catch (IOException e) {
            log.warn(
                    "the server could not be asked for whole snapshots: {} cannot be written: {}",
                    snapshots,
                    e.toString());
        }
    }

    private List<WholeSnapshot> from(long logBegin) throws IOException {
        return cipher == null
                ? List.of()
                : WholeSnapshot.in(snapshots, cipher).stream()
                        .filter(snapshot -> snapshot.offset() >= logBegin)
                        .toList();
    }
}
