package dev.millrace.server.hold;

import dev.millrace.eventlog.EventLog;
import dev.millrace.eventlog.LogReader;
import dev.millrace.features.FeatureState;
import dev.millrace.features.FeaturesConfig;
import dev.millrace.model.ErrorCode;
import dev.millrace.model.MillraceException;
import dev.millrace.retrieval.LiveIndexes;
import dev.millrace.retrieval.RetrievalConfig;
import dev.millrace.storage.SnapshotDirectory;
import dev.millrace.storage.SnapshotHeader;
import dev.millrace.storage.SnapshotReader;
import dev.millrace.storage.SnapshotWriter;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

import java.io.IOException;
import java.nio.file.Path;
import java.time.Instant;

/**
 * The state on disk: the newest snapshot that is whole, and the log behind it. Restores before there are readers; saves
 * on the ingest thread.
 *
 * <p>Retention may delete from the log only what the oldest kept snapshot holds, so that each of them stays usable.
 */
public final class StateStore {
    private static final Logger log = LoggerFactory.getLogger(StateStore.class);
    private static final String FEATURES = "features";
    private static final String INDEXES = "indexes";
    private static final int INDEXES_VERSION = 1;
    private static final int REPLAY_BATCH = 10_000;
    private static final long PROGRESS_NANOS = 2_000_000_000L;

    private final SnapshotDirectory features;
    private final SnapshotDirectory indexes;
    private final EventLog events;
    private final SnapshotConfig config;
    private long savedOffset;
    private long savedNanos = System.nanoTime();

    /** The state and the indexes that follow it. */
    public record Restored(FeatureState state, LiveIndexes indexes) {}

    public StateStore(Path directory, EventLog events, SnapshotConfig config) {
        this.features = new SnapshotDirectory(directory, FEATURES);
        this.indexes = new SnapshotDirectory(directory, INDEXES);
        this.events = events;
        this.config = config;
    }

    /** The state as it was when the process ended. */
    public Restored restore(FeaturesConfig featuresConfig, RetrievalConfig retrievalConfig) throws IOException {
        Restored held = newestSnapshot(featuresConfig, retrievalConfig);
        if (held == null) {
            held = events.begin() == 0
                    ? following(new FeatureState(featuresConfig), retrievalConfig)
                    : newestFeatures(featuresConfig, retrievalConfig);
        }
        savedOffset = held.state.appliedOffset();
        protect(savedOffset);
        replay(held.state);
        return held;
    }

    /** Saves when enough has happened since the last time. Ingest thread only. */
    public void saveIfDue(Restored held) {
        long offset = held.state.appliedOffset();
        long news = offset - savedOffset;
        boolean due = news >= config.events()
                || (news > 0 && System.nanoTime() - savedNanos >= config.every().toNanos());
        if (due) {
            save(held);
        }
    }

    /** Saves unless the newest snapshot is as new as the state. No event may be applied meanwhile. */
    public void save(Restored held) {
        long offset = held.state.appliedOffset();
        if (offset == savedOffset) {
            return;
        }
        long began = System.nanoTime();
        // Whether it works or not: a full disk must not make every batch try again.
        savedOffset = offset;
        savedNanos = began;
        try {
            saveIndexes(held.indexes, offset);
            held.state.save(features.file(offset));
            features.prune(config.keep());
            indexes.prune(config.keep());
            protect(offset);
            log.info("state saved up to offset {} in {} ms", offset, (System.nanoTime() - began) / 1_000_000);
        } catch (IOException e) {
            log.error("the state was not saved up to offset {}; a restart replays more of the log", offset, e);
        }
    }

    private void protect(long offset) throws IOException {
        events.protectFrom(Math.min(offset, features.oldestOffset().orElse(offset)));
    }

    private @Nullable Restored newestSnapshot(FeaturesConfig featuresConfig, RetrievalConfig retrievalConfig)
            throws IOException {
        for (Path file : features.newestFirst()) {
            try {
                FeatureState state = stateOf(file, featuresConfig);
                try (SnapshotReader reader = SnapshotReader.open(indexes.file(state.appliedOffset()))) {
                    LiveIndexes restored = LiveIndexes.restore(state, retrievalConfig, reader);
                    log.info("state restored from {}", file);
                    return new Restored(state, restored);
                }
            } catch (IOException | RuntimeException e) {
                log.warn("snapshot {} is passed over", file, e);
            }
        }
        return null;
    }

    /** Where the log no longer reaches back to make the indexes anew, the features alone are worth more than no start. */
    private Restored newestFeatures(FeaturesConfig featuresConfig, RetrievalConfig retrievalConfig) throws IOException {
        for (Path file : features.newestFirst()) {
            try {
                FeatureState state = stateOf(file, featuresConfig);
                log.warn(
                        "features restored from {}, but the saved indexes do not fit and the log begins at offset {}:"
                                + " co-visitation and trending know no action before offset {}",
                        file,
                        events.begin(),
                        state.appliedOffset());
                return following(state, retrievalConfig);
            } catch (IOException | RuntimeException e) {
                log.warn("the features of snapshot {} are passed over", file, e);
            }
        }
        throw new MillraceException(
                ErrorCode.STORAGE_FAILED,
                "the log begins at offset " + events.begin() + " and no snapshot up to there or later can be used; the"
                        + " warnings before this say why; restore the snapshots directory from a backup");
    }

    private static Restored following(FeatureState state, RetrievalConfig config) {
        return new Restored(state, LiveIndexes.follow(state, config));
    }

    private FeatureState stateOf(Path file, FeaturesConfig config) throws IOException {
        FeatureState state = FeatureState.restore(file, config);
        requireInLog(state.appliedOffset(), file);
        return state;
    }

    private void requireInLog(long offset, Path file) throws IOException {
        if (offset < events.begin() || offset > events.end()) {
            throw new IOException(file + " ends at offset " + offset + ", outside of the log, which holds "
                    + events.begin() + " to " + events.end());
        }
    }

    private void replay(FeatureState state) {
        long from = state.appliedOffset();
        long end = events.end();
        long lastWord = System.nanoTime();
        EventApplier applier = new EventApplier(state);
        try (LogReader reader = events.read(from)) {
            while (reader.poll(applier, REPLAY_BATCH) > 0) {
                if (System.nanoTime() - lastWord > PROGRESS_NANOS) {
                    lastWord = System.nanoTime();
                    log.info("replaying the log: {} of {} events", reader.offset() - from, end - from);
                }
            }
            log.info("state is up to date: {} events replayed", reader.offset() - from);
        }
    }

    private void saveIndexes(LiveIndexes followers, long offset) throws IOException {
        SnapshotHeader header = new SnapshotHeader(INDEXES, INDEXES_VERSION, offset, Instant.now());
        try (SnapshotWriter writer = SnapshotWriter.create(indexes.file(offset), header)) {
            followers.save(writer);
            writer.commit();
        }
    }
}
