package dev.millrace.training;

import ai.onnxruntime.OrtException;
import dev.millrace.model.ErrorCode;
import dev.millrace.model.MillraceException;
import dev.millrace.models.Bundle;
import dev.millrace.models.BundleRefusedException;
import dev.millrace.models.Registry;
import dev.millrace.models.RidgeBundle;
import dev.millrace.models.RidgeBundle.Votes;
import dev.millrace.models.Vocabulary;
import dev.millrace.samples.SequenceDataset;
import dev.millrace.storage.personal.KeyConfig;
import dev.millrace.training.bundle.TrainedModel;
import dev.millrace.training.ridge.RidgeGate;
import dev.millrace.training.ridge.RidgeVotes;
import dev.millrace.training.ridge.SequentialRidge;
import dev.millrace.training.work.TeacherFile;
import dev.millrace.training.work.WorkLock;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.Locale;
import java.util.Map;

/**
 * Learns a model and publishes it: what {@code millrace train} runs. One thread; interrupting it, or asking the process
 * to end, writes a checkpoint from which the next call continues.
 */
public final class TrainingJob {
    private static final Logger log = LoggerFactory.getLogger(TrainingJob.class);

    /** Where the newest teacher is kept for its students. */
    public static final String TEACHER = "teacher.bin";

    /** Where the newest student is kept, to be pruned. */
    public static final String STUDENT = "student.bin";

    /** What a run that was stopped goes on from. */
    public static final String CHECKPOINT = TrainingRun.CHECKPOINT;

    /** How many of the newest versions stay beside the live one and the one before it. */
    private static final int KEPT_VERSIONS = 10;

    /** A server's child gets this long between the request to end and the kill. */
    private static final long STOP_SECONDS = 25;

    private final TrainingRole role;
    private final TrainingConfig config;
    private final ProgressListener listener;

    public TrainingJob(TrainingRole role, TrainingConfig config, ProgressListener listener) {
        this.role = role;
        this.config = config;
        this.listener = listener;
    }

    /**
     * Learns from the log of a data directory, which a server may be writing, and publishes to its registry. Nothing is learnt of
     * users who were erased.
     *
     * @param keys of the users whose events are encrypted
     */
    public TrainingOutcome runOnDataDirectory(Path dataDirectory, KeyConfig keys) throws IOException {
        Path log = dataDirectory.resolve("log");
        if (!Files.isDirectory(log)) {
            throw new MillraceException(
                    ErrorCode.NOT_FOUND,
                    "'" + dataDirectory + "' has no event log; start a server on it or import a dataset into it first");
        }
        Path work = dataDirectory.resolve("training");
        try (WorkLock _ = WorkLock.acquire(work)) {
            return runOnLog(log, keys, dataDirectory.resolve("models"), work);
        }
    }

    /**
     * Learns from a dataset and publishes to a registry; the new model goes live when none is, or the live one ranks the
     * same users' newest actions no better.
     *
     * @param models the registry's directory
     * @param work where checkpoint and curve are kept until the model is published
     * @param lineage where the data comes from, for the bundle's manifest
     */
    public TrainingOutcome runOnDataset(SequenceDataset dataset, Path models, Path work, Map<String, String> lineage)
            throws IOException {
        TeacherFile teacher = config.distillation().hasTeacher() ? TeacherFile.read(work.resolve(TEACHER)) : null;
        if (!Files.exists(work.resolve(CHECKPOINT))) {
            publishRidge(dataset, new Registry(models), work, lineage);
        }
        StopSignal stop = new StopSignal();
        Thread hook = new Thread(() -> stopAndWait(stop), "training-stop");
        Runtime.getRuntime().addShutdownHook(hook);
        try {
            TrainingResult result =
                    Trainer.train(dataset, config, teacher == null ? null : teacher.model(), listener, work, stop);
            return switch (result) {
                case TrainingResult.TooLittleToLearn lack -> new TrainingOutcome.TooLittleToLearn(lack.reason());
                case TrainingResult.Stopped stopped ->
                    new TrainingOutcome.Interrupted(stopped.step(), stopped.checkpoint());
                case TrainingResult.Finished finished ->
                    publish(finished.model(), dataset, new Registry(models), work, withRole(lineage, teacher));
            };
        } catch (OrtException e) {
            throw new MillraceException(
                    ErrorCode.INTERNAL, "ONNX Runtime cannot run the exported model: " + e.getMessage(), e);
        } finally {
            stop.markEnded();
            removeHook(hook);
        }
    }

    private TrainingOutcome runOnLog(Path log, KeyConfig keys, Path models, Path work) throws IOException {
        Path remembered = work.resolve("sample.properties");
        listener.onProgress(TrainingProgress.reading(config));
        LogSample sample = LogSample.take(log, keys, remembered);
        TrainingOutcome outcome = runOnDataset(sample.dataset(), models, work, sample.lineage());
        if (!(outcome instanceof TrainingOutcome.Interrupted)) {
            Files.deleteIfExists(remembered);
        }
        return outcome;
    }

    /**
     * Comes before learning: it takes seconds, and proposes candidates while the network still learns. It goes live unless the gate objects;
     * either way it is published.
     */
    private void publishRidge(SequenceDataset dataset, Registry registry, Path work, Map<String, String> lineage)
            throws IOException {
        HoldOut holdOut = HoldOut.of(dataset, config.seed());
        if (holdOut.lack() != null || !WarmStart.isRidgeAffordable(dataset.itemCount(), config)) {
            return;
        }
        Votes votes;
        try (SequentialRidge ridge = SequentialRidge.fit(holdOut.learnt(), dataset.itemCount())) {
            votes = RidgeVotes.of(ridge, new Vocabulary(dataset.vocabulary()), RidgeVotes.PER_ITEM);
        }
        RidgeGate gate = new RidgeGate(dataset.vocabulary(), holdOut.learnt(), holdOut.validated());
        RidgeGate.Figures figures = gate.measure(votes, liveRidge(registry));
        Path directory = work.resolve("ridge");
        ModelExport.deleteTree(directory);
        RidgeBundle.write(directory, votes, figures.metrics(), lineage);
        String version = registry.publish(directory).version();
        String objection = figures.objection(config.ridge().mostLoss());
        if (objection == null) {
            registry.promote(version);
        } else {
            log.warn("ridge {} is published and not live: {}", version, objection);
        }
        ModelExport.deleteTree(directory);
    }

    /**
     * The live ridge, where it is a fair rival: one of before the gate learnt from the very actions that it would be asked for. A damaged
     * one is one that no server can load: it must not cost the new one its place.
     */
    private static @Nullable Votes liveRidge(Registry registry) throws IOException {
        String version = registry.liveRidge();
        try {
            Bundle bundle = version == null ? null : registry.open(version).orElse(null);
            if (bundle == null) {
                return null;
            }
            if (!bundle.manifest().facts().metrics().containsKey(RidgeGate.RECALL)) {
                log.info("the live ridge {} went through no gate; the new one is not compared with it", version);
                return null;
            }
            return RidgeBundle.read(bundle);
        } catch (IOException | BundleRefusedException | MillraceException e) {
            log.warn("the live ridge cannot be read; the new one is not compared with it", e);
            return null;
        }
    }

    private TrainingOutcome publish(
            TrainedModel model, SequenceDataset dataset, Registry registry, Path work, Map<String, String> lineage)
            throws IOException, OrtException {
        report(model);
        Path directory = work.resolve("bundle");
        Bundle bundle = ModelExport.writeChecked(model, dataset, config, lineage, directory);
        boolean promoted =
                role != TrainingRole.TEACHER && PromotionGate.passes(bundle, registry, dataset, config.seed());
        String version = registry.publish(directory).version();
        if (promoted) {
            registry.promote(version);
        }
        switch (role) {
            case TEACHER -> new TeacherFile(version, model).write(work.resolve(TEACHER));
            case STUDENT -> new TeacherFile(version, model).write(work.resolve(STUDENT));
            case ALONE, RANKER -> {} // nothing is made of it
        }
        deleteOld(registry);
        ModelExport.deleteTree(directory);
        Files.deleteIfExists(work.resolve(CHECKPOINT));
        return new TrainingOutcome.Published(
                version, promoted, model.ndcg10(), model.hr10(), model.course().cpuSeconds());
    }

    private Map<String, String> withRole(Map<String, String> lineage, @Nullable TeacherFile teacher) {
        Map<String, String> whole = new HashMap<>(lineage);
        whole.put("role", role.name().toLowerCase(Locale.ROOT));
        if (teacher != null) {
            whole.put(ModelExport.PARENT, teacher.version());
        }
        return whole;
    }

    /** What cannot be deleted now is tried again after the next training: the new model counts all the same. */
    private static void deleteOld(Registry registry) {
        try {
            registry.retain(KEPT_VERSIONS);
        } catch (IOException | MillraceException e) {
            log.warn("old model versions could not be deleted", e);
        }
    }

    private void report(TrainedModel model) {
        listener.onProgress(new TrainingProgress(
                TrainingPhase.EXPORTING,
                model.course().curve().getLast().step(),
                Double.NaN,
                model.course().curve().getLast().loss(),
                model.ndcg10(),
                model.hr10(),
                model.course().cpuSeconds(),
                config.cpuBudget().toNanos() / 1e9));
    }

    private static void stopAndWait(StopSignal stop) {
        stop.request();
        try {
            stop.awaitEnd(STOP_SECONDS);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }

    private static void removeHook(Thread hook) {
        try {
            Runtime.getRuntime().removeShutdownHook(hook);
        } catch (IllegalStateException e) {
            // The process is ending already: the hook is what waits for us.
        }
    }
}
