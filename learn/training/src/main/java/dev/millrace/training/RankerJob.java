package dev.millrace.training;

import ai.onnxruntime.OrtException;
import dev.millrace.eventlog.ReadableEventLog;
import dev.millrace.eventlog.SegmentEventLog;
import dev.millrace.features.FeatureSchema;
import dev.millrace.features.FeatureState;
import dev.millrace.features.FeaturesConfig;
import dev.millrace.model.ActionType;
import dev.millrace.model.ErrorCode;
import dev.millrace.model.MillraceException;
import dev.millrace.models.Bundle;
import dev.millrace.models.BundleRefusedException;
import dev.millrace.models.MultiTaskBundle;
import dev.millrace.models.Registry;
import dev.millrace.storage.personal.KeyConfig;
import dev.millrace.storage.personal.KeyTable;
import dev.millrace.training.bundle.ParityCheck;
import dev.millrace.training.ranking.HeadFigures;
import dev.millrace.training.ranking.RankerExport;
import dev.millrace.training.ranking.RankerGate;
import dev.millrace.training.ranking.RankerParity;
import dev.millrace.training.ranking.RankerSample;
import dev.millrace.training.ranking.RankerTraining;
import dev.millrace.training.ranking.RankingExamples;
import dev.millrace.training.ranking.TrainedRanker;
import dev.millrace.training.work.ReplayStarts;
import dev.millrace.training.work.WorkLock;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

import java.io.IOException;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.Map;
import java.util.function.Consumer;

/**
 * Learns a ranker from the impressions of an event log and publishes it: what {@code millrace train --role ranker} runs. One
 * thread. There is no checkpoint: a run that is ended begins anew.
 *
 * <p>The newest impressions are kept back from learning. They measure what is published, bit for bit, and the live ranker beside
 * it, which has not learnt from them either.
 */
public final class RankerJob {
    private static final Logger log = LoggerFactory.getLogger(RankerJob.class);

    /** The newest part that is kept back, where no live ranker asks for less. */
    private static final double HELD_OUT_SHARE = 0.1;

    /** So many are kept back at least; with fewer that the live ranker has not seen, it cannot be compared. */
    private static final int LEAST_HELD_OUT = 500;

    /** The newest part of what is learnt from: it says when to stop, and calibrates. */
    private static final double VALIDATION_SHARE = 0.15;

    private static final int KEPT_VERSIONS = 10;

    /** A log whose beginning goes faster than it is read goes so the next time as well. */
    private static final int MOST_READINGS = 3;

    private static final String LOG_END = "logEnd";

    private final RankerPlan plan;
    private final FeaturesConfig features;
    private final Consumer<String> progress;
    private final CpuClock clock = new CpuClock(0);

    /**
     * @param features what the server keeps of users and items: a ranker reads the same
     * @param progress is told in a sentence what is done now
     */
    public RankerJob(RankerPlan plan, FeaturesConfig features, Consumer<String> progress) {
        this.plan = plan;
        this.features = features;
        this.progress = progress;
    }

    /**
     * Learns from the log of a data directory, which a server may be writing, and publishes to its registry. Nothing is learnt of
     * users who were erased. Where retention has removed the log's beginning, the replay begins with the oldest whole snapshot of the
     * server behind which the log has every event.
     *
     * @param keys of the users whose events are encrypted
     */
    public TrainingOutcome runOnDataDirectory(Path dataDirectory, KeyConfig keys) throws IOException {
        Path work = dataDirectory.resolve("training");
        Path log = dataDirectory.resolve("log");
        // Who does not get the lock opens nothing.
        try (WorkLock _ = WorkLock.acquire(work)) {
            KeyTable opened = SegmentEventLog.keysToRead(log, keys);
            try (ReadableEventLog events = SegmentEventLog.openReadOnly(log, opened)) {
                RankerSample sample = sample(events, new ReplayStarts(dataDirectory, opened));
                if (sample == null) {
                    return new TrainingOutcome.TooLittleToLearn(
                            "the log begins at event " + events.begin() + ": " + ReplayStarts.NONE_YET);
                }
                return learned(sample, new Registry(dataDirectory.resolve("models")), work.resolve("ranker"));
            }
        }
    }

    /**
     * Learns from a whole log.
     *
     * @param directory where the bundle lies until it is published; what is there goes
     */
    public TrainingOutcome runOnLog(ReadableEventLog events, Registry registry, Path directory) throws IOException {
        return learned(take(events, new FeatureState(features)), registry, directory);
    }

    /**
     * Reads the log, and where retention removes meanwhile what is still to be read, once more behind the next whole snapshot.
     *
     * @return nothing where the log has lost its beginning, and no snapshot stands for it
     */
    private @Nullable RankerSample sample(ReadableEventLog events, ReplayStarts starts) throws IOException {
        for (int tries = 1; ; tries++) {
            FeatureState begun =
                    events.begin() == 0 ? new FeatureState(features) : starts.oldest(events.begin(), features);
            if (begun == null) {
                return null;
            }
            long from = begun.appliedOffset();
            try {
                return take(events, begun);
            } catch (MillraceException e) {
                if (events.begin() <= from) {
                    throw e;
                }
                if (tries == MOST_READINGS) {
                    throw new MillraceException(
                            ErrorCode.UNAVAILABLE,
                            "retention removed events before they were read, " + tries
                                    + " times; the log begins at event "
                                    + events.begin()
                                    + " now. Let it keep more (log.retention-bytes, log.retention-age),"
                                    + " or train when less is written",
                            e);
                }
                log.warn("retention removed events behind offset {} before they were read; reading begins again", from);
            }
        }
    }

    private RankerSample take(ReadableEventLog events, FeatureState begun) {
        long from = begun.appliedOffset();
        progress.accept("Reading " + (events.end() - from) + " events"
                + (from == 0 ? "" : " from offset " + from + " on, where a whole snapshot begins"));
        return RankerSample.take(events, begun, plan.config(), plan.impressions());
    }

    private TrainingOutcome learned(RankerSample sample, Registry registry, Path directory) throws IOException {
        try {
            return learn(sample, registry, directory);
        } catch (OrtException e) {
            throw new MillraceException(
                    ErrorCode.INTERNAL, "ONNX Runtime cannot run the exported ranker: " + e.getMessage(), e);
        }
    }

    private TrainingOutcome learn(RankerSample sample, Registry registry, Path directory)
            throws IOException, OrtException {
        RankingExamples examples = sample.examples();
        MultiTaskBundle live = readableLive(registry);
        int heldOut = heldOut(examples, live);
        String lack = lack(sample, heldOut, live != null);
        if (lack != null) {
            return new TrainingOutcome.TooLittleToLearn(lack);
        }
        progress.accept(
                "Learning from " + heldOut + " impressions, the next " + (examples.count() - heldOut) + " kept back");
        TrainedRanker ranker = RankerTraining.run(examples, heldOut, plan.config(), VALIDATION_SHARE);
        progress.accept("Measuring");
        MultiTaskBundle draft = export(ranker, sample, Map.of(), directory);
        requireParity(ranker, draft, examples, heldOut);
        RankerGate gate = new RankerGate(examples, plan.config(), heldOut, RankerGate.placesOf(ranker, live));
        HeadFigures figures = measured(gate, draft);
        MultiTaskBundle bundle = export(ranker, sample, figures.metrics(), directory);
        String futility = RankerGate.futility(figures, gate.byRate(), firstHead());
        String objection = futility == null ? objection(gate, figures, live) : futility;
        return publish(registry, bundle, figures, objection);
    }

    /** The first impression that is not learnt from. */
    private static int heldOut(RankingExamples examples, @Nullable MultiTaskBundle live) {
        int kept = Math.max(LEAST_HELD_OUT, (int) (examples.count() * HELD_OUT_SHARE));
        int first = Math.max(0, examples.count() - kept);
        long seenByLive = live == null ? 0 : logEnd(live);
        while (first < examples.count() && examples.offset(first) < seenByLive) {
            first++;
        }
        return first;
    }

    private static long logEnd(MultiTaskBundle bundle) {
        String end = bundle.bundle().manifest().facts().lineage().getOrDefault(LOG_END, "0");
        try {
            return Long.parseLong(end);
        } catch (NumberFormatException e) {
            return 0;
        }
    }

    private @Nullable String lack(RankerSample sample, int heldOut, boolean isLive) {
        RankingExamples examples = sample.examples();
        if (examples.count() < plan.leastImpressions()) {
            return "the log has " + examples.count() + " impressions" + sample.leftOut() + "; at least "
                    + plan.leastImpressions()
                    + " are needed for a ranker. Send what was shown as impressions, or wait for more";
        }
        int unseen = examples.count() - heldOut;
        if (unseen < LEAST_HELD_OUT) {
            return unseen + " impressions have come since the live ranker learnt; at least " + LEAST_HELD_OUT
                    + " are needed to compare a new one with it. Wait for more";
        }
        int telling = positives(examples, heldOut, examples.count());
        if (isLive && telling < RankerGate.LEAST_POSITIVES) {
            return telling + " of " + unseen + " impressions that the live ranker has not seen were followed by a "
                    + firstHead() + "; at least " + RankerGate.LEAST_POSITIVES
                    + " are needed to compare a new one with it. Wait for more";
        }
        return positives(examples, 0, heldOut) > 0
                ? null
                : "no impression was followed by a " + firstHead() + "; there is nothing to foretell";
    }

    private ActionType firstHead() {
        return plan.config().heads().getFirst();
    }

    /** How many impressions the first head's action followed. */
    private int positives(RankingExamples examples, int from, int to) {
        byte first = firstHead().code();
        int positives = 0;
        for (int row = from; row < to; row++) {
            positives += examples.has(row, first) ? 1 : 0;
        }
        return positives;
    }

    private MultiTaskBundle export(
            TrainedRanker ranker, RankerSample sample, Map<String, Double> metrics, Path directory) throws IOException {
        Map<String, Double> all = new HashMap<>(metrics);
        all.put("cpuSeconds", clock.seconds());
        Map<String, String> lineage = new HashMap<>();
        lineage.put("source", "event log");
        lineage.put("role", "ranker");
        lineage.put("logBegin", Long.toString(sample.begin()));
        lineage.put(LOG_END, Long.toString(sample.end()));
        lineage.put("impressions", Integer.toString(sample.examples().count()));
        lineage.put("impressionsLeftOut", Long.toString(sample.forgotten()));
        lineage.put("seed", Long.toString(plan.config().learning().seed()));
        lineage.put("plan", plan.toString());
        if (plan.config().learning().weighsPlaces()) {
            lineage.put(RankerGate.PLACES, ranker.places().text());
        }
        ModelExport.deleteTree(directory);
        return RankerExport.write(ranker, FeatureSchema.standard(features), all, lineage, directory);
    }

    private static void requireParity(TrainedRanker ranker, MultiTaskBundle bundle, RankingExamples examples, int from)
            throws IOException, OrtException {
        double difference = RankerParity.largestDifference(ranker, bundle, examples, from);
        if (difference > ParityCheck.LIMIT) {
            throw new MillraceException(
                    ErrorCode.INTERNAL,
                    "the exported ranker differs from the trained one by " + difference + "; at most "
                            + ParityCheck.LIMIT + " is allowed. The bundle is kept in "
                            + bundle.bundle().directory());
        }
    }

    private static HeadFigures measured(RankerGate gate, MultiTaskBundle bundle) throws IOException, OrtException {
        HeadFigures figures = gate.measure(bundle);
        if (figures == null) {
            throw new IllegalStateException("the exported ranker reads other inputs than it was trained with");
        }
        return figures;
    }

    private static @Nullable String objection(RankerGate gate, HeadFigures figures, @Nullable MultiTaskBundle live)
            throws IOException, OrtException {
        HeadFigures before = live == null ? null : gate.measure(live);
        if (live != null && before == null) {
            log.warn("the live ranker {} reads other features; the new one is not compared with it", live.version());
        }
        return before == null ? null : RankerGate.objection(figures, before);
    }

    private TrainingOutcome publish(
            Registry registry, MultiTaskBundle bundle, HeadFigures figures, @Nullable String objection)
            throws IOException {
        String version = registry.publish(bundle.bundle().directory()).version();
        if (objection == null) {
            registry.promote(version);
        }
        registry.retain(KEPT_VERSIONS);
        ModelExport.deleteTree(bundle.bundle().directory());
        return new TrainingOutcome.RankerPublished(version, objection, figures.metrics(), clock.seconds());
    }

    /** A damaged live ranker is one that no server can load: it must not cost the new one its place. */
    private static @Nullable MultiTaskBundle readableLive(Registry registry) throws IOException {
        String version = registry.liveRanker();
        try {
            Bundle bundle = version == null ? null : registry.open(version).orElse(null);
            return bundle == null ? null : MultiTaskBundle.of(bundle);
        } catch (IOException | BundleRefusedException | MillraceException e) {
            log.warn("the live ranker cannot be read; the new one is not compared with it", e);
            return null;
        }
    }
}
