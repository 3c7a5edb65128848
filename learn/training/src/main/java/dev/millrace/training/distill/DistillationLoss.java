package dev.millrace.training.distill;

import static org.bytedeco.pytorch.global.torch.bmm;
import static org.bytedeco.pytorch.global.torch.cat;
import static org.bytedeco.pytorch.global.torch.cosine_similarity;
import static org.bytedeco.pytorch.global.torch.linear;
import static org.bytedeco.pytorch.global.torch.log_softmax;
import static org.bytedeco.pytorch.global.torch.logsumexp;

import dev.millrace.training.distill.TeacherCache.Opinions;
import dev.millrace.training.network.DrawnItems;
import dev.millrace.training.network.IndexTensor;
import dev.millrace.training.network.NativeWeights;
import dev.millrace.training.network.WeightLayout;
import org.bytedeco.pytorch.Scalar;
import org.bytedeco.pytorch.Tensor;
import org.bytedeco.pytorch.TensorVector;

/**
 * What a student's loss has beside the labels: the divergence from the teacher's softened scores, and the distance of its
 * state from the teacher's. Owned by the training thread.
 *
 * <p>Scores: the teacher's shares are known for the items that it ranks first, and their sum for all others. The student's
 * share of the others is estimated from {@link DrawnItems}, so both are distributions over the named items and one rest, and
 * the term is the cross-entropy between them, times the square of the temperature (Hinton et al. 2015), which keeps its
 * gradient's size. State: the student's last state, through a learned matrix, against the teacher's user vector: the squared
 * difference relative to the teacher's square, and one minus the cosine.
 */
public final class DistillationLoss implements AutoCloseable {
    /** Below this a share is taken to be unknown: e to the −30 is nothing in 32-bit floats. */
    private static final float LEAST_LOG_SHARE = -30;

    private final DistillationPlan plan;
    private final TeacherCache cache;
    private final NativeWeights weights;
    private final DrawnItems drawn;

    public DistillationLoss(
            DistillationPlan plan, TeacherCache cache, NativeWeights weights, int draws, int maxPositions, long seed) {
        this.plan = plan;
        this.cache = cache;
        this.weights = weights;
        int items = weights.layout().itemCount();
        this.drawn = new DrawnItems(items, Math.min(draws, items), cache.kept(), maxPositions, seed);
    }

    /**
     * The weighted sum of the terms; go backward through it before the next call.
     *
     * @param states the network's last state per position
     * @param users the user vector per position
     * @param sources which action each position holds, see {@code Batch}
     */
    public Tensor of(Tensor states, Tensor users, long[] sources) {
        Opinions opinions = cache.read(sources);
        int count = sources.length;
        Tensor presence = Tensor.create(opinions.presence, count);
        Tensor present = presence.sum().add(new Scalar(1e-6f));
        Tensor total = presence.sum().mul(new Scalar(0f));
        if (plan.scores() > 0) {
            Tensor each = scores(users, opinions, count);
            total = total.add(each.mul(presence).sum().div(present), new Scalar((float) plan.scores()));
        }
        if (plan.isAligned()) {
            total = total.add(alignment(states, Tensor.create(opinions.users, count, cache.dimension()), presence)
                    .div(present));
        }
        return total;
    }

    @Override
    public void close() {
        drawn.close();
    }

    private Tensor scores(Tensor users, Opinions opinions, int count) {
        int kept = cache.kept();
        float temperature = (float) plan.temperature();
        Tensor softened = users.div(new Scalar(temperature));
        Tensor items = weights.get(WeightLayout.ITEMS);
        Tensor named = items.index_select(0, IndexTensor.of(opinions.items, (long) count * kept))
                .view(count, kept, items.size(1));
        Tensor first = bmm(named, softened.unsqueeze(2)).squeeze(2);
        Tensor rest = logsumexp(drawn.scores(softened, items, opinions.items, count), new long[] {1}, true);
        // Where every draw happens to be a named item, the rest is unknown and must not be blamed.
        Tensor own = log_softmax(cat(new TensorVector(first, rest), 1), 1).clamp_min(new Scalar(LEAST_LOG_SHARE));
        Tensor teachers = Tensor.create(opinions.shares, count, kept + 1L);
        return own.mul(teachers).sum(1).mul(new Scalar(-temperature * temperature));
    }

    /** Summed over the positions. */
    private Tensor alignment(Tensor states, Tensor teachers, Tensor presence) {
        Tensor own = linear(states, weights.get(WeightLayout.ALIGNMENT));
        Tensor difference = own.sub(teachers);
        Tensor size = teachers.mul(teachers).mean().add(new Scalar(1e-6f));
        Tensor squares = difference.mul(difference).mean(1).div(size);
        Tensor angles =
                cosine_similarity(own, teachers, 1, 1e-6).mul(new Scalar(-1f)).add(new Scalar(1f));
        Tensor each = squares.mul(new Scalar((float) plan.squares())).add(angles, new Scalar((float) plan.cosine()));
        return each.mul(presence).sum();
    }
}
