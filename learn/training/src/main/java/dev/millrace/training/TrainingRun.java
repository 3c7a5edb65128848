package dev.millrace.training;

import dev.millrace.model.ItemId;
import dev.millrace.models.CurvePoint;
import dev.millrace.training.bundle.TrainedModel;
import dev.millrace.training.network.AdamOptimizer;
import dev.millrace.training.network.Batch;
import dev.millrace.training.network.DropoutMasks;
import dev.millrace.training.network.EpochBatches;
import dev.millrace.training.network.IndexTensor;
import dev.millrace.training.network.NativeWeights;
import dev.millrace.training.network.SampledSoftmax;
import dev.millrace.training.network.SequenceNetwork;
import dev.millrace.training.network.WeightLayout;
import dev.millrace.training.work.Checkpoint;
import dev.millrace.training.work.CurveFile;
import org.bytedeco.javacpp.PointerScope;
import org.bytedeco.pytorch.Tensor;

import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;

/** One run of learning, from its warm start or its checkpoint to the end of its budget. Owned by the training thread. */
final class TrainingRun implements AutoCloseable {
    static final String CHECKPOINT = "checkpoint.bin";
    static final String CURVE = "curve.jsonl";

    private static final double REPORT_SECONDS = 1;
    private static final double CHECKPOINT_SECONDS = 60;

    /** Validations over a whole budget, unless they would take more than their share of it. */
    private static final int VALIDATIONS = 12;

    private static final double VALIDATION_SHARE = 0.1;

    /** Learnt from even when the warm start took the whole budget: nothing unlearnt is ever returned. */
    private static final int MIN_STEPS = 50;

    private final HoldOut holdOut;
    private final TrainingConfig config;
    private final ProgressListener listener;
    private final Path work;
    private final StopSignal stop;
    private final long fingerprint;

    private final NativeWeights weights;
    private final SequenceNetwork network;
    private final AdamOptimizer optimizer;
    private final Validation validation;
    private final List<CurvePoint> curve = new ArrayList<>();

    private CpuClock clock = new CpuClock(0);
    private LearningRate learningRate;
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

    TrainingRun(HoldOut holdOut, TrainingConfig config, ProgressListener listener, Path work, StopSignal stop) {
        this.holdOut = holdOut;
        this.config = config;
        this.listener = listener;
        this.work = work;
        this.stop = stop;
        this.fingerprint = holdOut.fingerprint() * 31 + config.hashCode();
        this.learningRate = new LearningRate(config.plan(), 0, budgetSeconds(config));
        weights = new NativeWeights(new WeightLayout(config.shape(), holdOut.itemCount()));
        network = new SequenceNetwork(weights);
        optimizer = new AdamOptimizer(weights);
        validation = new Validation(holdOut, network);
    }

    TrainingResult toEnd(List<ItemId> vocabulary) throws IOException {
        report(TrainingPhase.WARM_START);
        Checkpoint checkpoint = Checkpoint.readIfSound(work.resolve(CHECKPOINT));
        if (checkpoint == null || checkpoint.fingerprint() != fingerprint) {
            weights.initialise(WarmStart.itemVectors(holdOut, config), new Random(config.seed()));
            learningRate = new LearningRate(config.plan(), clock.seconds(), budgetSeconds(config));
        } else {
            resume(checkpoint);
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
        optimizer.close();
        network.close();
        weights.close();
    }

    /** Returns whether the budget is spent; false when it was asked to stop before. */
    private boolean learn() throws IOException {
        EpochBatches batches = new EpochBatches(
                holdOut.learnt(), config.shape().historyLength(), config.plan().batchTokens(), config.seed());
        int maxPositions = config.plan().batchTokens() + config.shape().historyLength();
        // A resumed run draws from another stream than the part before it drew from.
        long streamSeed = config.seed() + 31 * step;
        try (SampledSoftmax softmax =
                        new SampledSoftmax(holdOut.itemCount(), config.plan().negatives(), maxPositions, streamSeed);
                DropoutMasks dropout = new DropoutMasks(config.plan().dropout(), streamSeed)) {
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
                    learn(order.get(batchInEpoch), softmax, dropout);
                    afterStep();
                }
            }
        }
    }

    /** The budget less what the two validations at the end will take. */
    private double learningEnd() {
        return budgetSeconds(config) - validationSeconds * (1 + validation.fullCostRatio());
    }

    private void learn(Batch batch, SampledSoftmax softmax, DropoutMasks dropout) {
        try (PointerScope _ = new PointerScope()) {
            Tensor users = network.forward(IndexTensor.of(batch.items(), batch.rows(), batch.length()), dropout);
            int count = batch.targets().length;
            if (!batch.isDense()) {
                users = users.index_select(0, IndexTensor.of(batch.positions(), count));
            }
            Tensor loss = softmax.loss(
                    users,
                    weights.get(WeightLayout.ITEMS),
                    batch.targets(),
                    count,
                    IndexTensor.of(batch.targets(), count));
            loss.backward();
            meanLoss.add(loss.item_float());
            optimizer.step(learningRate.at(step, clock.seconds()));
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
        newest = validation.quick();
        // The first validations of a process are slower than those at its end: the smaller figure is the better guess.
        double seconds = clock.seconds() - start;
        validationSeconds = validationSeconds == 0 ? seconds : Math.min(validationSeconds, seconds);
        if (newest.ndcg10() >= bestNdcg10 || best.length == 0) {
            bestNdcg10 = newest.ndcg10();
            best = weights.read();
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
        newest = validation.full();
        double seconds = clock.seconds();
        curve.add(new CurvePoint(step, seconds, loss(), newest.ndcg10(), newest.hr10()));
        CurveFile.write(work.resolve(CURVE), curve);
        return new TrainedModel(vocabulary, weights.layout(), best, newest.ndcg10(), newest.hr10(), seconds, curve);
    }

    /** A resumed run that has no batch left to learn repeats the last loss. */
    private double loss() {
        double mean = meanLoss.newest();
        return Double.isNaN(mean) ? curve.isEmpty() ? 0 : curve.getLast().loss() : mean;
    }

    private void resume(Checkpoint checkpoint) {
        weights.write(checkpoint.weights());
        optimizer.restore(checkpoint.optimizer());
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
        new Checkpoint(fingerprint, position, bestNdcg10, present, kept, optimizer.state(), curve)
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
