package dev.millrace.training.online;

import ai.onnxruntime.OrtException;
import dev.millrace.eventlog.LogReader;
import dev.millrace.eventlog.ReadableEventLog;
import dev.millrace.models.Bundle;
import dev.millrace.models.DeltaBundle;
import dev.millrace.models.Registry;
import dev.millrace.models.delta.ModelDelta;
import dev.millrace.models.delta.ModelDelta.Cause;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

import java.io.IOException;
import java.nio.file.Path;
import java.util.Map;
import java.util.Optional;
import java.util.function.LongSupplier;

/**
 * Learns from the tail of the log what changed since the live model was trained, and publishes it as small deltas.
 * Owned by one thread, which calls {@link #doWork} again and again.
 *
 * <p>At the start the whole log is read for what the catalogue and the users' histories are now; learnt is from what comes
 * behind the live delta, or behind the end of the log where there is none. A new model is followed at once; histories stay.
 *
 * <p>Where retention has shortened the log, catalogue and histories cannot be known as serving knows them: then nothing is
 * learnt, and the trained model answers.
 */
public final class OnlineLearner implements AutoCloseable {
    private static final Logger log = LoggerFactory.getLogger(OnlineLearner.class);
    private static final int EVENTS_AT_ONCE = 2_000;
    /** A restart learns from what it missed, up to so many events: older ones say little of the present. */
    private static final long MOST_CATCH_UP = 200_000;

    private static final String SHORTENED =
            "the log does not begin with its first event any more, so that items and histories are not known here; "
                    + "to learn online, run without log.retention-bytes and log.retention-age";

    private final Registry registry;
    private final OnlineConfig config;
    private final LongSupplier clockMillis;
    private final LogReader reader;
    private final FeedbackJoin join;
    private final DeltaPublication publication;
    private final LearningSession.Counts counts = new LearningSession.Counts();
    private @Nullable LearningSession session;
    private @Nullable String refused;
    private final boolean isShortened;

    /**
     * @param work a folder for deltas on their way
     * @param clockMillis the time by which deltas are published and freezes end
     */
    public OnlineLearner(
            ReadableEventLog events, Registry registry, OnlineConfig config, Path work, LongSupplier clockMillis)
            throws IOException {
        this.registry = registry;
        this.config = config;
        this.clockMillis = clockMillis;
        publication = new DeltaPublication(registry, work);
        reader = events.read(events.begin());
        join = new FeedbackJoin(config.feedbackWindow().toMillis(), learnFrom(events));
        isShortened = events.begin() > 0;
        if (isShortened) {
            log.error("{}", SHORTENED);
            withdraw();
        }
    }

    /** What nobody watches any more must not go on answering. */
    private void withdraw() throws IOException {
        String model = registry.liveVersion();
        ModelDelta live = model == null ? null : publication.live(model);
        if (live != null && !live.items().isEmpty()) {
            ModelDelta nothing = ModelDelta.empty(
                    live.parent(), live.sequence() + 1, Cause.ROLLED_BACK, live.logOffset(), live.dimension());
            publication.publish(nothing, Map.of());
        }
    }

    private long learnFrom(ReadableEventLog events) throws IOException {
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
        if (isShortened) {
            return 0;
        }
        follow(registry.liveVersion());
        int read = reader.poll(join, EVENTS_AT_ONCE);
        counts.offset = reader.offset();
        LearningSession learning = session;
        for (ServedSlate slate = join.done().poll();
                slate != null;
                slate = join.done().poll()) {
            if (learning != null) {
                learning.accept(slate, join.topics(), clockMillis.getAsLong());
            }
        }
        return learning == null ? read : read + learning.publishWhenDue(counts.offset, clockMillis.getAsLong());
    }

    public OnlineStatus status() {
        LearningSession learning = session;
        return learning != null
                ? learning.status(clockMillis.getAsLong())
                : new OnlineStatus(
                        OnlineStatus.State.WAITING,
                        waitingFor(),
                        "",
                        0,
                        counts.learned,
                        counts.skipped,
                        counts.rollBacks,
                        0,
                        Double.NaN,
                        Double.NaN);
    }

    private String waitingFor() {
        if (isShortened) {
            return SHORTENED;
        }
        return refused == null ? "no model is live" : "model " + refused + " cannot be learnt on";
    }

    private void follow(@Nullable String live) throws IOException, OrtException {
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
            next.begin(reader.offset(), clockMillis.getAsLong());
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
        reader.close();
        if (session != null) {
            session.close();
        }
    }
}
