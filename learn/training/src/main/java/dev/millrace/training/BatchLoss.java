package dev.millrace.training;

import dev.millrace.training.distill.DistillationLoss;
import dev.millrace.training.distill.DistillationPlan;
import dev.millrace.training.distill.TeacherCache;
import dev.millrace.training.network.Batch;
import dev.millrace.training.network.DropoutMasks;
import dev.millrace.training.network.IndexTensor;
import dev.millrace.training.network.NativeWeights;
import dev.millrace.training.network.SampledSoftmax;
import dev.millrace.training.network.SequenceLayout;
import dev.millrace.training.network.SequenceNetwork;
import org.bytedeco.pytorch.Tensor;
import org.jspecify.annotations.Nullable;

import java.util.Objects;

/** By what the batches of a run are learnt: the labels, and what a teacher thinks of them. Owned by the training thread. */
final class BatchLoss implements AutoCloseable {
    private final SequenceNetwork network;
    /** Null with a teacher: its loss has the labels in it. */
    private final @Nullable SampledSoftmax softmax;

    private final DropoutMasks dropout;
    private final @Nullable DistillationLoss distillation;

    /** @param seed of the items drawn and of what is dropped */
    BatchLoss(SequenceNetwork network, TrainingConfig config, @Nullable TeacherCache cache, long seed) {
        NativeWeights weights = network.weights();
        LearningPlan plan = config.plan();
        DistillationPlan terms = config.distillation();
        int maxPositions = plan.batchTokens() + config.shape().historyLength();
        this.network = network;
        this.softmax = cache == null
                ? new SampledSoftmax(
                        (int) weights.get(SequenceLayout.ITEMS).size(0), plan.negatives(), maxPositions, seed)
                : null;
        this.dropout = new DropoutMasks(plan.dropout(), seed);
        this.distillation = cache == null
                ? null
                : new DistillationLoss(terms, cache, weights, plan.negatives(), maxPositions, seed + 1);
    }

    /** The mean loss of a batch; go backward through it before the next call. Within the caller's pointer scope. */
    Tensor of(Batch batch) {
        int count = batch.targets().length;
        Tensor states = network.states(IndexTensor.of(batch.items(), batch.rows(), batch.length()), dropout);
        if (!batch.isDense()) {
            states = states.index_select(0, IndexTensor.of(batch.positions(), count));
        }
        Tensor users = network.users(states);
        if (distillation != null) {
            return distillation.of(states, users, batch.targets(), batch.sources());
        }
        Tensor items = network.weights().get(SequenceLayout.ITEMS);
        return Objects.requireNonNull(softmax)
                .loss(users, items, batch.targets(), count, IndexTensor.of(batch.targets(), count));
    }

    @Override
    public void close() {
        if (softmax != null) {
            softmax.close();
        }
        dropout.close();
        if (distillation != null) {
            distillation.close();
        }
    }
}
