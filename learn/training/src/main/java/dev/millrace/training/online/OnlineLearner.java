package dev.millrace.training.online;

import ai.onnxruntime.OrtException;
import dev.millrace.eventlog.LogReader;
import dev.millrace.eventlog.ReadableEventLog;
import dev.millrace.features.WholeSnapshot;
import dev.millrace.model.MillraceException;
import dev.millrace.model.UserId;
import dev.millrace.models.Bundle;
import dev.millrace.models.DeltaBundle;
import dev.millrace.models.Registry;
import dev.millrace.models.delta.ModelDelta;
import dev.millrace.models.delta.ModelDelta.Cause;
import dev.millrace.storage.personal.SubjectId;
import dev.millrace.training.work.ReplayStarts;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

import java.io.IOException;
import java.nio.file.Path;
import java.util.Map;
import java.util.Optional;
import java.util.Queue;
import java.util.Set;
import java.util.function.LongSupplier;
import java.util.function.Predicate;

/**
 * Learns from the tail of the log what changed since the live model was trained, and publishes it as small deltas.
 * Owned by one thread, which calls {@link #doWork} again and again.
 *
 * <p>What the catalogue and the users' histories are now is read from the newest whole snapshot before what is to be learnt from and the
 * log behind it, or from the whole log where there is none; learnt is from what comes behind the live delta, or behind the end of the
 * log where there is none. A new model is followed at once; histories stay.
 *
 * <p>Where retention has shortened the log and there is no whole snapshot behind its beginning, catalogue and histories cannot be known as
 * serving knows them: then nothing is learnt until there is one, and the trained model answers.
 */
public final class OnlineLearner implements AutoCloseable {
    private static final Logger log = LoggerFactory.getLogger(OnlineLearner.class);
    private static final int EVENTS_AT_ONCE = 2_000;
    /** A restart learns from what it missed, up to so many events: older ones say little of the present. */
    private static final long MOST_CATCH_UP = 200_000;

    /** How often it is looked whether the server has made a whole snapshot. */
    private static final long LOOK_MILLIS = 10_000;

    private final ReadableEventLog events;
    private final ReplayStarts starts;
    private final Registry registry;
    private final OnlineConfig config;
    private final LongSupplier clockMillis;
    private final DeltaPublication publication;
    private final LearningSession.Counts counts = new LearningSession.Counts();
    private @Nullable Tail tail;
    private long nextLookMillis;
    private @Nullable LearningSession session;
    private @Nullable String refused;

    /** Where the log is read, and what is known by then. */
    private record Tail(LogReader reader, FeedbackJoin join) {}

    /**
     * @param starts the server's whole snapshots
     * @param work a folder for deltas on their way
     * @param clockMillis the time by which deltas are published and freezes end
     */
    public OnlineLearner(
            ReadableEventLog events,
            ReplayStarts starts,
            Registry registry,
            OnlineConfig config,
            Path work,
            LongSupplier clockMillis)
            throws IOException {
        this.events = events;
        this.starts = starts;
        this.registry = registry;
        this.config = config;
        this.clockMillis = clockMillis;
        publication = new DeltaPublication(registry, work);
        tail = begin();
        if (tail == null) {
            log.error("nothing is learnt: {}", ReplayStarts.NONE_YET);
            withdraw();
        }
    }

    /** Nothing where retention took what items and histories follow from, and no snapshot has them. */
    private @Nullable Tail begin() throws IOException {
        nextLookMillis = clockMillis.getAsLong() + LOOK_MILLIS;
        long window = config.feedbackWindow().toMillis();
        long begin = events.begin();
        long from = learnFrom();
        for (WholeSnapshot snapshot : starts.nearest(begin, from)) {
            try {
                FeedbackJoin join = new FeedbackJoin(window, foretold(), Math.max(from, snapshot.offset()));
                join.begin(snapshot);
                log.info("items and histories are read from {} and the log behind it", snapshot.file());
                return new Tail(events.read(snapshot.offset()), join);
            } catch (IOException | MillraceException e) {
                ReplayStarts.passOver(snapshot, e);
            }
        }
        return begin > 0 ? null : new Tail(events.read(0), new FeedbackJoin(window, foretold(), from));
    }

    private ForetoldSlates foretold() {
        return new ForetoldSlates(config.calibrationWindow(), config.slatesPerSecond(), model -> {
            LearningSession learning = session;
            return learning == null ? null : learning.correctionOf(model, clockMillis.getAsLong());
        });
    }

    /** What nobody watches any more must not go on answering. */
    private void withdraw() throws IOException {
        String model = registry.liveVersion();
        ModelDelta live = model == null ? null : publication.live(model);
        if (live != null && !live.changesNothing()) {
            ModelDelta nothing = ModelDelta.empty(
                    live.parent(), live.sequence() + 1, Cause.ROLLED_BACK, live.logOffset(), live.dimension());
            publication.publish(nothing, Map.of());
        }
    }

    private long learnFrom() throws IOException {
        String version = registry.deltaVersion();
        Optional<Bundle> delta = version == null ? Optional.empty() : registry.open(version);
        if (delta.isEmpty() || !DeltaBundle.parent(delta.get().manifest()).equals(registry.liveVersion())) {
            return events.end();
        }
        ModelDelta live = DeltaBundle.read(delta.get());
        return Math.max(live.logOffset(), events.end() - MOST_CATCH_UP);
    }

    /**
     * Reads on, learns, publishes: a bounded portion of each.
     *
     * @return how much was done; 0 where there was nothing to do
     */
    public int doWork() throws IOException, OrtException {
        if (tail == null && clockMillis.getAsLong() >= nextLookMillis) {
            tail = begin();
        }
        Tail present = tail;
        if (present == null) {
            return 0;
        }
        FeedbackJoin join = present.join;
        follow(registry.liveVersion(), present.reader.offset());
        int read = present.reader.poll(join, EVENTS_AT_ONCE);
        counts.offset = present.reader.offset();
        LearningSession learning = session;
        for (ServedSlate slate = join.done().poll();
                slate != null;
                slate = join.done().poll()) {
            if (learning != null) {
                learning.accept(slate, join.topics(), clockMillis.getAsLong());
            }
        }
        Queue<ForetoldSlates.Impression> outcomes = join.foretold().done();
        for (ForetoldSlates.Impression impression = outcomes.poll(); impression != null; impression = outcomes.poll()) {
            if (learning != null) {
                learning.calibrate(impression, clockMillis.getAsLong());
            }
        }
        return learning == null ? read : read + learning.publishWhenDue(counts.offset, clockMillis.getAsLong());
    }

    /**
     * Forgets people who were erased: what they did last, and what was shown to them. Costs a hash for each user that is held, for however
     * many people.
     */
    public void forget(Set<SubjectId> erased) {
        Predicate<UserId> isErased = user -> erased.contains(SubjectId.of(user.value()));
        if (tail != null) {
            tail.join.forgetIf(isErased);
        }
        if (session != null) {
            session.forgetIf(isErased);
        }
    }

    public OnlineStatus status() {
        LearningSession learning = session;
        Tail present = tail;
        long leftOut = present == null ? 0 : present.join.foretold().leftOut();
        return learning != null
                ? learning.status(clockMillis.getAsLong(), leftOut)
                : new OnlineStatus(
                        OnlineStatus.State.WAITING,
                        waitingFor(),
                        "",
                        0,
                        counts.learned,
                        counts.skipped,
                        counts.rollBacks,
                        leftOut,
                        0,
                        Double.NaN,
                        Double.NaN);
    }

    private String waitingFor() {
        if (tail == null) {
            return ReplayStarts.NONE_YET;
        }
        return refused == null ? "no model is live" : "model " + refused + " cannot be learnt on";
    }

    private void follow(@Nullable String live, long offset) throws IOException, OrtException {
        if (live == null || live.equals(refused) || (session != null && live.equals(session.parent()))) {
            return;
        }
        LearningSession old = session;
        session = null;
        if (old != null) {
            old.close();
        }
        try {
            Bundle bundle = registry.open(live).orElseThrow(() -> new IOException("model " + live + " is gone"));
            LearningSession next = new LearningSession(bundle, config, publication, counts);
            next.begin(offset, clockMillis.getAsLong());
            session = next;
            refused = null;
            log.info("learning online on model {}", live);
        } catch (IOException | OrtException | RuntimeException e) {
            refused = live;
            log.error("model {} cannot be learnt on; waiting for another one", live, e);
        }
    }

    @Override
    public void close() throws OrtException {
        if (tail != null) {
            tail.reader.close();
        }
        if (session != null) {
            session.close();
        }
    }
}
