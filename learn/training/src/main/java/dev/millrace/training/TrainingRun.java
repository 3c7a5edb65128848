package dev.millrace.training;

import dev.millrace.model.ItemId;
import dev.millrace.models.CurvePoint;
import dev.millrace.training.bundle.TrainedModel;
import dev.millrace.training.distill.TeacherCache;
import dev.millrace.training.network.AdamOptimizer;
import dev.millrace.training.network.AveragedWeights;
import dev.millrace.training.network.Batch;
import dev.millrace.training.network.EpochBatches;
import dev.millrace.training.network.NativeWeights;
import dev.millrace.training.network.SequenceLayout;
import dev.millrace.training.network.SequenceNetwork;
import dev.millrace.training.ridge.RidgeTerm;
import dev.millrace.training.ridge.WeightedRidge;
import dev.millrace.training.work.Checkpoint;
import dev.millrace.training.work.CurveFile;
import org.bytedeco.javacpp.PointerScope;
import org.bytedeco.pytorch.Tensor;
import org.jspecify.annotations.Nullable;

import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Random;

/** One run of learning, from its warm start or its checkpoint to the end of its budget. Owned by the training thread. */
final class TrainingRun implements AutoCloseable {
    static final String CHECKPOINT = "checkpoint.bin";
    static final String CURVE = "curve.jsonl";
    static final String TEACHER_CACHE = "teacher-cache.bin";

    private static final double REPORT_SECONDS = 1;
    private static final double CHECKPOINT_SECONDS = 60;

    /** Validations over a whole budget, unless they would take more than their share of it. */
    private static final int VALIDATIONS = 12;

    private static final double VALIDATION_SHARE = 0.1;

    /** Choosing the ridge's weight ranks everyone once for each weight, after which the choice is measured. */
    private static final int FULL_VALIDATIONS_OF_MIX = 3;

    /** Learnt from even when the warm start took the whole budget: nothing unlearnt is ever returned. */
    private static final int MIN_STEPS = 50;

    private final HoldOut holdOut;
    private final TrainingConfig config;
    private final ProgressListener listener;
    private final Path work;
    private final StopSignal stop;
    private final long fingerprint;

    private final @Nullable TrainedModel teacher;
    private final @Nullable TrainedModel start;
    private final SequenceLayout layout;
    private final NativeWeights weights;
    private final SequenceNetwork network;
    private final AdamOptimizer optimizer;
    private final @Nullable AveragedWeights average;
    private final Validation validation;
    private final List<CurvePoint> curve = new ArrayList<>();

    private CpuClock clock = new CpuClock(0);
    private LearningRate learningRate;
    private @Nullable TeacherCache cache;
    private @Nullable RidgeTerm ridge;
    private float[] best = {};
    private double bestNdcg10 = -1;
    private Validation.Quality newest = new Validation.Quality(Double.NaN, Double.NaN);
    private long epoch;
    private int batchInEpoch;
    private int batchesPerEpoch = 1;
    private long step;
    private final MeanLoss meanLoss = new MeanLoss();
    private double validationSeconds;
    private double nextReport;
    private double nextValidation;
    private double nextCheckpoint;

    TrainingRun(
            HoldOut holdOut,
            TrainingConfig config,
            @Nullable TrainedModel teacher,
            @Nullable TrainedModel start,
            ProgressListener listener,
            Path work,
            StopSignal stop) {
        this.holdOut = holdOut;
        this.config = config;
        this.teacher = teacher;
        this.start = start;
        this.listener = listener;
        this.work = work;
        this.stop = stop;
        // Not the records' own hash, which differs from process to process where an enum is in it.
        int taughtBy = teacher == null ? 0 : Arrays.hashCode(teacher.weights());
        int begunBy = start == null ? 0 : Arrays.hashCode(start.weights());
        this.fingerprint = ((holdOut.fingerprint() * 31 + config.toString().hashCode()) * 31 + taughtBy) * 31 + begunBy;
        this.learningRate = new LearningRate(config.plan(), 0, budgetSeconds(config));
        layout = layout();
        weights = new NativeWeights(layout);
        network = new SequenceNetwork(weights, config.shape());
        optimizer = new AdamOptimizer(weights);
        int averaged = config.plan().averagedSteps();
        average = averaged == 0 ? null : new AveragedWeights(weights, averaged);
        validation = new Validation(holdOut, network);
    }

    TrainingResult toEnd(List<ItemId> vocabulary) throws IOException {
        report(TrainingPhase.WARM_START);
        Checkpoint checkpoint = Checkpoint.readIfSound(work.resolve(CHECKPOINT));
        boolean isResumed = checkpoint != null && checkpoint.fingerprint() == fingerprint;
        if (config.ridge().rank() > 0 || !(isResumed || start != null)) {
            WarmStart.Start warm = WarmStart.of(holdOut, config);
            ridge = warm.ridge();
            weights.initialise(warm.itemVectors(), new Random(config.seed()));
        }
        if (checkpoint != null && isResumed) {
            resume(checkpoint);
        } else if (start != null) {
            weights.goOnFrom(start.weights(), new Random(config.seed()));
        }
        if (teacher != null) {
            report(TrainingPhase.ASKING_TEACHER);
            cache = TeacherCache.of(
                    work.resolve(TEACHER_CACHE), teacher, vocabulary, holdOut.learnt(), config.distillation());
        }
        if (!isResumed) {
            learningRate = new LearningRate(config.plan(), clock.seconds(), budgetSeconds(config));
        }
        scheduleFrom(clock.seconds());
        if (!learn()) {
            // Nothing that writes files may see the interrupt; the caller shall.
            boolean interrupted = Thread.interrupted();
            writeCheckpoint();
            if (interrupted) {
                Thread.currentThread().interrupt();
            }
            return new TrainingResult.Stopped(step, work.resolve(CHECKPOINT));
        }
        return new TrainingResult.Finished(finish(vocabulary));
    }

    @Override
    public void close() {
        if (cache != null) {
            cache.close();
        }
        if (average != null) {
            average.close();
        }
        optimizer.close();
        network.close();
        weights.close();
    }

    private SequenceLayout layout() {
        int items = holdOut.itemCount();
        return teacher != null && config.distillation().isAligned()
                ? SequenceLayout.aligned(
                        config.shape(), items, teacher.layout().shape().itemDimension())
                : new SequenceLayout(config.shape(), items);
    }

    /** Returns whether the budget is spent; false when it was asked to stop before. */
    private boolean learn() throws IOException {
        EpochBatches batches = new EpochBatches(
                holdOut.learnt(), config.shape().historyLength(), config.plan().batchTokens(), config.seed());
        // A resumed run draws from another stream than the part before it drew from.
        try (BatchLoss loss = new BatchLoss(network, config, cache, config.seed() + 31 * step)) {
            for (; ; epoch++, batchInEpoch = 0) {
                List<Batch> order = batches.epoch(epoch);
                batchesPerEpoch = order.size();
                for (; batchInEpoch < order.size(); batchInEpoch++) {
                    if (clock.seconds() >= learningEnd() && step >= MIN_STEPS) {
                        return true;
                    }
                    if (stop.isRequested() || Thread.currentThread().isInterrupted()) {
                        return false;
                    }
                    learn(order.get(batchInEpoch), loss);
                    afterStep();
                }
            }
        }
    }

    /** The budget less what the validations at the end will take: one more quick one, and the full ones. */
    private double learningEnd() {
        int full = ridge == null ? 1 : FULL_VALIDATIONS_OF_MIX;
        return budgetSeconds(config) - validationSeconds * (1 + full * validation.fullCostRatio());
    }

    private void learn(Batch batch, BatchLoss loss) {
        try (PointerScope _ = new PointerScope()) {
            Tensor mean = loss.of(batch);
            mean.backward();
            meanLoss.add(mean.item_float());
            optimizer.step(learningRate.at(step, clock.seconds()));
            if (average != null) {
                average.add(step);
            }
        }
        step++;
    }

    private void afterStep() throws IOException {
        double now = clock.seconds();
        if (now >= nextReport) {
            report(TrainingPhase.LEARNING);
            nextReport = now + REPORT_SECONDS;
        }
        if (now >= nextValidation) {
            validate();
            nextValidation = now + Math.max(budgetSeconds(config) / VALIDATIONS, validationSeconds / VALIDATION_SHARE);
        }
        if (now >= nextCheckpoint) {
            writeCheckpoint();
            nextCheckpoint = now + CHECKPOINT_SECONDS;
        }
    }

    private void validate() throws IOException {
        report(TrainingPhase.VALIDATING);
        double start = clock.seconds();
        float[] present = weights.read();
        float[] judged = average == null ? present : average.read();
        weights.write(judged);
        newest = validation.quick();
        weights.write(present);
        // The first validations of a process are slower than those at its end: the smaller figure is the better guess.
        double seconds = clock.seconds() - start;
        validationSeconds = validationSeconds == 0 ? seconds : Math.min(validationSeconds, seconds);
        if (newest.ndcg10() >= bestNdcg10 || best.length == 0) {
            bestNdcg10 = newest.ndcg10();
            best = judged;
        }
        curve.add(new CurvePoint(step, clock.seconds(), loss(), newest.ndcg10(), newest.hr10()));
        CurveFile.write(work.resolve(CURVE), curve);
        report(TrainingPhase.LEARNING);
    }

    /** Compares the last weights with the best before them on the same users, then measures the winner on all. */
    private TrainedModel finish(List<ItemId> vocabulary) throws IOException {
        validate();
        weights.write(best);
        report(TrainingPhase.VALIDATING);
        WeightedRidge mixed = ridge == null ? null : validation.bestMix(ridge);
        newest = mixed == null ? validation.full() : validation.full(mixed);
        double seconds = clock.seconds();
        curve.add(new CurvePoint(step, seconds, loss(), newest.ndcg10(), newest.hr10()));
        CurveFile.write(work.resolve(CURVE), curve);
        return new TrainedModel(
                vocabulary,
                layout,
                best,
                mixed,
                new TrainedModel.Course(newest.ndcg10(), newest.hr10(), seconds, curve));
    }

    /** A resumed run that has no batch left to learn repeats the last loss. */
    private double loss() {
        double mean = meanLoss.newest();
        return Double.isNaN(mean) ? curve.isEmpty() ? 0 : curve.getLast().loss() : mean;
    }

    private void resume(Checkpoint checkpoint) {
        weights.write(checkpoint.weights());
        optimizer.restore(checkpoint.optimizer());
        if (average != null) {
            average.write(checkpoint.average());
        }
        best = checkpoint.best();
        bestNdcg10 = checkpoint.bestNdcg10();
        curve.addAll(checkpoint.curve());
        epoch = checkpoint.position().epoch();
        batchInEpoch = checkpoint.position().batch();
        step = checkpoint.position().step();
        clock = new CpuClock(checkpoint.position().cpuSeconds());
    }

    private void writeCheckpoint() throws IOException {
        Checkpoint.Position position = new Checkpoint.Position(epoch, batchInEpoch, step, clock.seconds());
        float[] present = weights.read();
        float[] kept = best.length == 0 ? present : best;
        float[] averaged = average == null ? present : average.read();
        new Checkpoint(fingerprint, position, bestNdcg10, present, kept, averaged, optimizer.state(), curve)
                .write(work.resolve(CHECKPOINT));
    }

    private void scheduleFrom(double now) {
        nextReport = now;
        nextCheckpoint = now + CHECKPOINT_SECONDS;
        nextValidation = now + (budgetSeconds(config) - now) / VALIDATIONS;
    }

    private void report(TrainingPhase phase) {
        double epochs = epoch + batchInEpoch / (double) batchesPerEpoch;
        listener.onProgress(new TrainingProgress(
                phase,
                step,
                epochs,
                meanLoss.newest(),
                newest.ndcg10(),
                newest.hr10(),
                clock.seconds(),
                budgetSeconds(config)));
    }

    private static double budgetSeconds(TrainingConfig config) {
        return config.cpuBudget().toNanos() / 1e9;
    }
}
