package dev.millrace.server.hold;

import dev.millrace.eventlog.EventLog;
import dev.millrace.eventlog.LogReader;
import dev.millrace.features.Capture;
import dev.millrace.features.FeatureState;
import dev.millrace.features.FeaturesConfig;
import dev.millrace.features.rows.StoredTables;
import dev.millrace.model.ErrorCode;
import dev.millrace.model.MillraceException;
import dev.millrace.retrieval.LiveIndexes;
import dev.millrace.retrieval.RetrievalConfig;
import dev.millrace.runtime.Metrics;
import dev.millrace.server.hold.SnapshotRun.Target;
import dev.millrace.storage.SnapshotDirectory;
import dev.millrace.storage.SnapshotHeader;
import dev.millrace.storage.SnapshotReader;
import dev.millrace.storage.SnapshotWriter;
import dev.millrace.storage.disk.Disk;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.locks.LockSupport;

/**
 * The state on disk: the rows of its tables, which the store keeps, the newest snapshot of the rest that is whole, and the log behind
 * it. Restores before there are readers; the ingest thread captures the state and reads it in small parts between events,
 * another thread writes these.
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
    /** How long the replay waits for one row of a tier that is late, and how long between two attempts. */
    private static final Duration LATE_LIMIT = Duration.ofMinutes(5);

    private static final Duration LATE_PAUSE = Duration.ofMillis(50);

    /** A training or a learner that asks for a whole snapshot waits for so long, and for its writing. */
    private static final Duration LOOK_EVERY = Duration.ofSeconds(10);

    private final SnapshotDirectory features;
    private final SnapshotDirectory indexes;
    private final EventLog events;
    private final StoredTables tables;
    private final SnapshotConfig config;
    private final WholeSnapshots wholes;
    private final Duration lookEvery;
    /** When it was looked whether a whole one is missing; 0 before the first time. */
    private long lookedNanos;

    private long savedOffset;
    private long savedNanos = System.nanoTime();
    /** The snapshot under way. */
    private @Nullable SnapshotRun run;

    /** The state and the indexes that follow it. */
    public record Restored(FeatureState state, LiveIndexes indexes) {}

    public StateStore(Path directory, EventLog events, StoredTables tables, SnapshotConfig config) {
        this(directory, Disk.local()::usableBytes, events, tables, config, LOOK_EVERY);
    }

    /** @param lookEvery how often it is looked whether a whole snapshot is missing */
    StateStore(
            Path directory,
            WholeSnapshots.Volume volume,
            EventLog events,
            StoredTables tables,
            SnapshotConfig config,
            Duration lookEvery) {
        this.features = new SnapshotDirectory(directory, FEATURES);
        this.indexes = new SnapshotDirectory(directory, INDEXES);
        this.events = events;
        this.tables = tables;
        this.config = config;
        this.wholes = new WholeSnapshots(directory, volume, events, tables, config.whole());
        this.lookEvery = lookEvery;
    }

    /** Lets the scraper read whether learning has what it begins with. */
    public void register(Metrics metrics) {
        metrics.gauge(
                "snapshots.whole.trouble",
                "1 while a whole snapshot is due and was not made, for lack of room or another failure; the log says which",
                () -> wholes.trouble().isEmpty() ? 0 : 1);
    }

    /** The state as it was when the process ended. */
    public Restored restore(FeaturesConfig featuresConfig, RetrievalConfig retrievalConfig) throws IOException {
        Restored held = newestSnapshot(featuresConfig, retrievalConfig);
        if (held == null) {
            held = events.begin() == 0
                    ? following(new FeatureState(featuresConfig, tables), retrievalConfig)
                    : newestFeatures(featuresConfig, retrievalConfig);
        }
        held = settled(held, featuresConfig, retrievalConfig);
        savedOffset = held.state.appliedOffset();
        protect(savedOffset);
        replay(held.state);
        return held;
    }

    /** With the rows of the same offset; where they cannot be had, everything follows from the log, if it is whole. */
    private Restored settled(Restored held, FeaturesConfig featuresConfig, RetrievalConfig retrievalConfig)
            throws IOException {
        try {
            held.state.settle();
            return held;
        } catch (IOException | MillraceException e) {
            if (isLate(e)) {
                // Nothing is lost: the rows are there, and to drop them would cost a replay of everything.
                throw e;
            }
            if (held.state.appliedOffset() == 0 || events.begin() != 0) {
                throw e;
            }
            log.warn("the rows of offset {} cannot be had; the log is replayed", held.state.appliedOffset(), e);
        }
        Restored anew = following(new FeatureState(featuresConfig, tables), retrievalConfig);
        anew.state.settle();
        return anew;
    }

    /**
     * Begins a snapshot when enough has happened since the last, and goes on with the one under way for some
     * milliseconds. Ingest thread only, between two events.
     *
     * @return whether there is more of it to be read soon; of one that is being written there is not
     */
    public boolean advance(Restored held) {
        if (run == null && isDue(held.state.appliedOffset())) {
            begin(held);
        }
        if (run != null) {
            proceed(run, SnapshotRun::advance);
        }
        return run != null && !run.isRead();
    }

    /** Whether a snapshot is being read or written. Ingest thread only. */
    boolean isUnderWay() {
        return run != null;
    }

    /** Saves at the process's end unless the newest snapshot is as new as the state. No event may be applied meanwhile. */
    public void save(Restored held) {
        wholes.abandon();
        if (run != null && run.offset() != held.state.appliedOffset()) {
            end(run);
        }
        if (run == null && held.state.appliedOffset() != savedOffset) {
            begin(held);
        }
        if (run != null) {
            proceed(run, whole -> {
                whole.finish();
                return true;
            });
        }
    }

    private boolean isDue(long offset) {
        long news = offset - savedOffset;
        return news >= config.events()
                || (news > 0 && System.nanoTime() - savedNanos >= config.every().toNanos())
                || isWholeOneMissing();
    }

    /** Nothing is learnt until there is one: that must not wait for as long as a snapshot may. */
    private boolean isWholeOneMissing() {
        long now = System.nanoTime();
        if (lookedNanos != 0 && now - lookedNanos < lookEvery.toNanos()) {
            return false;
        }
        lookedNanos = now;
        try {
            return wholes.areMissing();
        } catch (IOException e) {
            log.warn("whole snapshots cannot be listed", e);
            return false;
        }
    }

    /** Captures the state as it is now, with the indexes that follow it. */
    private void begin(Restored held) {
        long offset = held.state.appliedOffset();
        // Whether it works or not: a full disk must not make every batch try again.
        savedOffset = offset;
        savedNanos = System.nanoTime();
        List<Target> targets = new ArrayList<>();
        try {
            SnapshotHeader header = new SnapshotHeader(INDEXES, INDEXES_VERSION, offset, Instant.now());
            targets.add(target(held.indexes.capture(), indexes.file(offset), header));
            targets.add(target(held.state.capture(), features.file(offset), held.state.snapshotHeader()));
            run = new SnapshotRun(offset, targets, () -> published(held.state, offset));
        } catch (IOException | MillraceException e) {
            failed(offset, e);
        } finally {
            if (run == null) {
                closeAll(targets);
            }
        }
    }

    private static Target target(Capture capture, Path file, SnapshotHeader header) throws IOException {
        SnapshotWriter writer = null;
        try {
            writer = SnapshotWriter.create(file, header);
        } finally {
            if (writer == null) {
                capture.close();
            }
        }
        return new Target(capture, writer);
    }

    private static void closeAll(List<Target> targets) {
        try {
            Target.closeAll(targets);
        } catch (IOException e) {
            log.warn("a snapshot that was not finished could not be removed; the next one removes it", e);
        }
    }

    /** A step of a run: whether it was the last. */
    private interface Step {
        boolean of(SnapshotRun run) throws IOException;
    }

    private void proceed(SnapshotRun present, Step step) {
        try {
            if (step.of(present)) {
                log.info(
                        "state saved up to offset {} in {} ms",
                        present.offset(),
                        (System.nanoTime() - savedNanos) / 1_000_000);
                end(present);
            }
        } catch (IOException | RuntimeException e) {
            // Whatever it is: a run that stays open keeps each row that changes, for ever.
            failed(present.offset(), e);
            end(present);
        }
    }

    private void end(SnapshotRun ended) {
        run = null;
        try {
            ended.close();
        } catch (IOException e) {
            log.warn("a snapshot that was not finished could not be removed; the next one removes it", e);
        }
    }

    private static void failed(long offset, Exception e) {
        log.error("the state was not saved up to offset {}; a restart replays more of the log", offset, e);
    }

    /** The state is saved by now, whatever becomes of the older snapshots. */
    private void published(FeatureState state, long offset) throws IOException {
        prune(features);
        prune(indexes);
        protect(offset);
        wholes.follow(offset, features.file(offset), state.users()::id);
    }

    private void prune(SnapshotDirectory directory) {
        try {
            directory.prune(config.keep());
        } catch (IOException | UncheckedIOException e) {
            log.warn("older snapshots could not be removed; the next snapshot tries again", e);
        }
    }

    /** Events from the oldest snapshot on are needed, and the way back to its rows. */
    private void protect(long offset) throws IOException {
        long oldest = Math.min(offset, features.oldestOffset().orElse(offset));
        events.protectFrom(oldest);
        try {
            tables.forgetBefore(oldest);
        } catch (MillraceException e) {
            log.warn("rows kept for older snapshots could not be removed; the next snapshot tries again", e);
        }
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
        FeatureState state = FeatureState.restore(file, config, tables);
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
            while (pollPatiently(reader, applier) > 0) {
                if (System.nanoTime() - lastWord > PROGRESS_NANOS) {
                    lastWord = System.nanoTime();
                    log.info("replaying the log: {} of {} events", reader.offset() - from, end - from);
                }
            }
            log.info(
                    "state is up to date: {} events replayed, {} of them passed over since their users were erased, {} since"
                            + " they cannot be decrypted",
                    reader.offset() - from,
                    applier.erased(),
                    applier.lost());
        }
    }

    /** Gives an event again whose row a tier did not give in time: the row comes meanwhile. */
    private static int pollPatiently(LogReader reader, EventApplier applier) {
        long waitedFor = -1;
        long since = 0;
        while (true) {
            try {
                return applier.applyGroup(reader, REPLAY_BATCH);
            } catch (MillraceException e) {
                if (waitedFor != reader.offset()) {
                    waitedFor = reader.offset();
                    since = System.nanoTime();
                }
                boolean isOver = System.nanoTime() - since > LATE_LIMIT.toNanos();
                if (!isLate(e.getCause()) || isOver || Thread.currentThread().isInterrupted()) {
                    throw e;
                }
                LockSupport.parkNanos(LATE_PAUSE.toNanos());
            }
        }
    }

    private static boolean isLate(@Nullable Throwable failure) {
        return failure instanceof MillraceException refused && refused.code() == ErrorCode.UNAVAILABLE;
    }
}
