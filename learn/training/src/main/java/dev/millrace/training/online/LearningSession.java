package dev.millrace.training.online;

import ai.onnxruntime.OrtException;
import dev.millrace.model.UserId;
import dev.millrace.models.Bundle;
import dev.millrace.models.delta.ModelDelta;
import dev.millrace.models.delta.ModelDelta.Cause;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

import java.io.IOException;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.function.Predicate;

/**
 * Learning on one trained model: from its first delta until another model goes live. Owned by the learner.
 *
 * <p>Each slate is predicted before it is learnt from. Where the guard trips, the best delta of late, or else the trained
 * model, is put back at once, and nothing is learnt for a while.
 */
final class LearningSession implements AutoCloseable {
    private static final Logger log = LoggerFactory.getLogger(LearningSession.class);
    /** Deltas by which slates may still be under way, each with its place in this map. */
    private static final int KNOWN_DELTAS = 16;
    /** By so many slates others must outnumber the ranker's own: fewer were answered without the ranker in need. */
    private static final int OUTNUMBERED = 50;

    private final String parent;
    private final OnlineConfig config;
    private final DeltaPublication publication;
    private final SlatePreparation preparation;
    private final OnlineModel model;
    private final SampleLimits limits;
    private final Map<String, PublishedDelta> served = new LinkedHashMap<>() {
        @Override
        protected boolean removeEldestEntry(Map.Entry<String, PublishedDelta> eldest) {
            return size() > KNOWN_DELTAS;
        }
    };
    private final int dimension;
    private Guard guard;
    private long sequence;
    private long frozenUntilMillis;
    /** The freeze is somebody else's wish, rather than that of a guard. */
    private boolean isPutByOthers;

    private long publishedMillis;
    private long learnedSincePublished;
    private final Counts counts;
    private String ranker = "";
    /** By how many slates others outnumber the ranker's own of late. */
    private int others;

    private String message = "learning began";
    private Guard.Losses losses = new Guard.Losses(Double.NaN, Double.NaN, 0);

    /** What a learner counts over all models that it learns on. Owned by the learner. */
    static final class Counts {
        long learned;
        long skipped;
        long rollBacks;
        /** The event behind the last one that was read. */
        long offset;
    }

    LearningSession(Bundle bundle, OnlineConfig config, DeltaPublication publication, Counts counts)
            throws IOException, OrtException {
        this.parent = bundle.version();
        this.dimension = bundle.dimension();
        this.config = config;
        this.publication = publication;
        this.counts = counts;
        preparation = new SlatePreparation(bundle);
        model = new OnlineModel(dimension, config.items(), new RankerCalibration(config.freeze()));
        limits = new SampleLimits(config.slatesPerSecond());
        guard = new Guard(model);
    }

    /** Goes on from the delta that is live on the model, or begins with one that changes nothing. */
    void begin(long logOffset, long nowMillis) throws IOException {
        ModelDelta live = publication.live(parent);
        if (live == null) {
            publish(Cause.BEGIN, logOffset, nowMillis);
        } else {
            adopt(live, nowMillis);
        }
    }

    String parent() {
        return parent;
    }

    void forgetIf(Predicate<UserId> isGone) {
        limits.forgetIf(isGone);
    }

    void accept(ServedSlate slate, ItemTopics topics, long nowMillis) throws IOException, OrtException {
        SlateLabel label = SlateLabel.parse(slate.model());
        PublishedDelta delta = served.get(label.delta());
        if (delta == null || isFrozen(nowMillis) || slate.shownCount() == 0) {
            return;
        }
        if (!limits.take(slate.user(), slate.millis()) || !isOfRanker(label.ranker())) {
            counts.skipped++;
            return;
        }
        // A ranker's word stands in place of the model's score, so that vectors had no part in the value.
        float weight = label.ranker().isEmpty() ? config.modelWeight() : 0;
        PreparedSlate prepared = preparation.prepare(slate, delta, topics, weight);
        String wrong = guard.observe(prepared);
        if (wrong != null) {
            rollBack(wrong, slate.millis(), nowMillis);
        } else if (!Guard.isHeldOut(slate.user())) {
            model.learn(prepared);
            learnedSincePublished++;
            counts.learned++;
        }
    }

    /**
     * What had been added to the ranker's log-odds where a slate was made.
     *
     * @param model the slate's label
     * @return null where it is not to be learnt from
     */
    ForetoldSlates.@Nullable Correction correctionOf(String model, long nowMillis) {
        SlateLabel label = SlateLabel.parse(model);
        PublishedDelta delta = served.get(label.delta());
        if (delta == null || label.ranker().isEmpty() || !label.ranker().equals(ranker) || isHeldByOthers(nowMillis)) {
            return null;
        }
        return new ForetoldSlates.Correction(ranker, delta.delta().heads().offsetsOf(ranker));
    }

    /** Takes in what followed on an impression, once all has that the ranker foretells. */
    void calibrate(ForetoldSlates.Impression impression, long nowMillis) throws IOException {
        boolean isOfRanker = impression.slate().correction().ranker().equals(ranker);
        if (!isOfRanker || isHeldByOthers(nowMillis)) {
            return;
        }
        learnedSincePublished++;
        String wrong = model.calibration().observe(impression, nowMillis);
        if (wrong != null) {
            counts.rollBacks++;
            log.warn("learning on {}: {}", parent, wrong);
            publish(Cause.ROLLED_BACK, counts.offset, nowMillis);
        }
    }

    /** A single slate of another ranker, or of none, says nothing: its values are on another scale. */
    private boolean isOfRanker(String present) {
        if (present.equals(ranker)) {
            others = Math.max(0, others - 1);
            return true;
        }
        if (++others < OUTNUMBERED) {
            return false;
        }
        others = 0;
        followRanker(present);
        return true;
    }

    /** Heads, calibration and guard begin anew, what is known of items stays. */
    private void followRanker(String present) {
        ranker = present;
        model.forgetHeads();
        model.calibration().restore(Map.of(), 0);
        guard = new Guard(model);
        served.values().forEach(guard::published);
    }

    /** Publishes what was learnt, where it is time to, and follows what an operator did. */
    int publishWhenDue(long logOffset, long nowMillis) throws IOException {
        if (publication.isChangedByOthers()) {
            ModelDelta other = publication.live(parent);
            if (other != null) {
                adopt(other, nowMillis);
                freeze("delta " + other.sequence() + " was put there by somebody else", nowMillis);
                isPutByOthers = true;
            }
            return 1;
        }
        boolean due = nowMillis - publishedMillis >= config.publishEvery().toMillis();
        if (!due || learnedSincePublished == 0 || isFrozen(nowMillis) || !model.isWarm()) {
            return 0;
        }
        message = "learning";
        publish(Cause.LEARNED, logOffset, nowMillis);
        return 1;
    }

    boolean isFrozen(long nowMillis) {
        return nowMillis < frozenUntilMillis;
    }

    /** A roll-back of the items leaves the ranker's correction answering, which then must be watched on. */
    private boolean isHeldByOthers(long nowMillis) {
        return isPutByOthers && isFrozen(nowMillis);
    }

    private void publish(Cause cause, long logOffset, long nowMillis) throws IOException {
        losses = guard.takeLosses();
        ModelDelta delta = model.delta(parent, sequence + 1, cause, ranker, logOffset, nowMillis);
        send(delta, nowMillis);
    }

    private void send(ModelDelta delta, long nowMillis) throws IOException {
        publishedMillis = nowMillis;
        learnedSincePublished = 0;
        if (publication.publish(delta, metrics())) {
            sequence = delta.sequence();
            remember(delta);
        }
    }

    private void remember(ModelDelta delta) {
        PublishedDelta published = new PublishedDelta(delta);
        served.put(delta.label(), published);
        guard.published(published);
    }

    private Map<String, Double> metrics() {
        return Double.isNaN(losses.with())
                ? Map.of()
                : Map.of(
                        "heldOutLoss", losses.with(),
                        "heldOutLossWithout", losses.without(),
                        "score", losses.score());
    }

    private void adopt(ModelDelta delta, long nowMillis) {
        model.restore(delta, nowMillis);
        if (!delta.heads().changesNothing()) { // else the heads that are there stay
            if (!delta.heads().ranker().equals(ranker) && delta.heads().values().isEmpty()) {
                model.forgetHeads();
            }
            ranker = delta.heads().ranker();
            others = 0;
        }
        model.calibration().restore(delta.heads().offsetsOf(ranker), nowMillis);
        sequence = delta.sequence();
        publishedMillis = nowMillis;
        learnedSincePublished = 0;
        guard = new Guard(model);
        remember(delta);
    }

    /** What is believed of the ranker's probabilities has a guard of its own, and stays. */
    private void rollBack(String wrong, long slateMillis, long nowMillis) throws IOException {
        ModelDelta best = guard.best();
        counts.rollBacks++;
        model.restore(best != null ? best : ModelDelta.empty(parent, 1, Cause.ROLLED_BACK, 0, dimension), slateMillis);
        if (best != null && !best.heads().ranker().equals(ranker)) {
            model.forgetHeads();
        }
        guard = new Guard(model);
        freeze(
                wrong + "; "
                        + (best == null ? "the trained model answers alone" : "delta " + best.sequence() + " is back"),
                nowMillis);
        log.warn("learning on {} is frozen for {}: {}", parent, config.freeze(), message);
        publish(Cause.ROLLED_BACK, counts.offset, nowMillis);
    }

    private void freeze(String why, long nowMillis) {
        message = why;
        isPutByOthers = false;
        frozenUntilMillis = nowMillis + config.freeze().toMillis();
    }

    OnlineStatus status(long nowMillis, long foretoldLeftOut) {
        String wrong = model.calibration().wrong(nowMillis);
        OnlineStatus.State state = isFrozen(nowMillis) ? OnlineStatus.State.FROZEN : OnlineStatus.State.LEARNING;
        return new OnlineStatus(
                state,
                wrong == null ? message : message + "; " + wrong,
                parent,
                sequence,
                counts.learned,
                counts.skipped,
                counts.rollBacks,
                foretoldLeftOut,
                model.itemCount(),
                losses.with(),
                losses.without());
    }

    @Override
    public void close() throws OrtException {
        preparation.close();
    }
}
