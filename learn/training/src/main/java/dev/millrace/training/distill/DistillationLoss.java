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
import dev.millrace.training.network.SequenceLayout;
import dev.millrace.training.network.SequenceNetwork;
import org.bytedeco.pytorch.Scalar;
import org.bytedeco.pytorch.Tensor;
import org.bytedeco.pytorch.TensorVector;

/**
 * What a student learns by: the labels, the teacher's softened scores, and the teacher's state. Owned by the training
 * thread.
 *
 * <p>The student scores the items that the teacher ranks first, the label, and {@link DrawnItems} that stand for all others;
 * labels and scores share them. Labels: the cross-entropy of the right item. What the teacher ranks first are the hardest
 * wrong answers there are, and they are always among those compared. Scores: the teacher's shares are known for the items
 * that it ranks first, and their sum for all others, so both are distributions over the named items and one rest, and the
 * term is the cross-entropy between them, times the square of the temperature (Hinton et al. 2015), which keeps its
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
        int items = (int) weights.get(SequenceLayout.ITEMS).size(0);
        this.drawn = new DrawnItems(items, Math.min(draws, items), cache.kept() + 1, maxPositions, seed);
    }

    /**
     * The weighted sum of the terms; go backward through it before the next call.
     *
     * @param states the network's last state per position
     * @param users the user vector per position
     * @param targets the right item of each position
     * @param sources which action each position holds, see {@code Batch}
     */
    public Tensor of(Tensor states, Tensor users, int[] targets, long[] sources) {
        Opinions opinions = cache.read(sources);
        int count = sources.length;
        Tensor total = users.sum().mul(new Scalar(0f));
        Tensor presence = Tensor.create(opinions.presence, count);
        Tensor present = presence.sum().add(new Scalar(1e-6f));
        if (plan.labels() > 0 || plan.scores() > 0) {
            Named named = named(users, opinions, targets);
            if (plan.labels() > 0) {
                total = total.add(labels(named), new Scalar((float) plan.labels()));
            }
            if (plan.scores() > 0) {
                Tensor each = scores(named, opinions);
                total = total.add(each.mul(presence).sum().div(present), new Scalar((float) plan.scores()));
            }
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

    /**
     * The student's logits of some positions.
     *
     * @param first count × kept, what the teacher ranks first; masked where the cache says nothing of an item
     * @param right count × 1, the labels
     * @param other count × 1, the labels again, but masked where the label is among the first
     * @param drawn count × draws
     */
    private record Named(Tensor first, Tensor right, Tensor other, Tensor drawn) {}

    private Named named(Tensor users, Opinions opinions, int[] targets) {
        int count = targets.length;
        int kept = cache.kept();
        int width = kept + 1;
        int[] items = new int[count * width];
        float[] unknown = new float[count * kept];
        float[] repeated = new float[count];
        for (int i = 0; i < count; i++) {
            System.arraycopy(opinions.items, i * kept, items, i * width, kept);
            items[i * width + kept] = targets[i];
            for (int k = 0; k < kept; k++) {
                boolean known = opinions.shares[i * width + k] > 0;
                unknown[i * kept + k] = known ? 0 : SequenceNetwork.MASKED;
                repeated[i] =
                        known && opinions.items[i * kept + k] == targets[i] ? SequenceNetwork.MASKED : repeated[i];
            }
        }
        Tensor table = weights.get(SequenceLayout.ITEMS);
        Tensor rows = table.index_select(0, IndexTensor.of(items, items.length)).view(count, width, table.size(1));
        Tensor logits = bmm(rows, users.unsqueeze(2)).squeeze(2);
        Tensor right = logits.narrow(1, kept, 1);
        return new Named(
                logits.narrow(1, 0, kept).add(Tensor.create(unknown, count, kept)),
                right,
                right.add(Tensor.create(repeated, count, 1)),
                drawn.scores(users, table, items, count));
    }

    private static Tensor labels(Named named) {
        Tensor all =
                logsumexp(cat(new TensorVector(named.first(), named.other(), named.drawn()), 1), new long[] {1}, true);
        return all.sub(named.right()).mean();
    }

    private Tensor scores(Named named, Opinions opinions) {
        float temperature = (float) plan.temperature();
        Scalar softening = new Scalar(1 / temperature);
        // The draws' correction is a logarithm of a number of items: it must not be softened with the score.
        Tensor draws = named.drawn().mul(softening).add(new Scalar(drawn.correction() * (1 - 1 / temperature)));
        Tensor others = cat(new TensorVector(named.other().mul(softening), draws), 1);
        Tensor rest = logsumexp(others, new long[] {1}, true);
        // Where every draw happens to be a named item, the rest is unknown and must not be blamed.
        Tensor own = log_softmax(cat(new TensorVector(named.first().mul(softening), rest), 1), 1)
                .clamp_min(new Scalar(LEAST_LOG_SHARE));
        int kept = cache.kept();
        Tensor teachers = Tensor.create(opinions.shares, opinions.presence.length, kept + 1L);
        return own.mul(teachers).sum(1).mul(new Scalar(-temperature * temperature));
    }

    /** Summed over the positions. */
    private Tensor alignment(Tensor states, Tensor teachers, Tensor presence) {
        Tensor own = linear(states, weights.get(SequenceLayout.ALIGNMENT));
        Tensor difference = own.sub(teachers);
        Tensor size = teachers.mul(teachers).mean().add(new Scalar(1e-6f));
        Tensor squares = difference.mul(difference).mean(1).div(size);
        Tensor angles =
                cosine_similarity(own, teachers, 1, 1e-6).mul(new Scalar(-1f)).add(new Scalar(1f));
        Tensor each = squares.mul(new Scalar((float) plan.squares())).add(angles, new Scalar((float) plan.cosine()));
        return each.mul(presence).sum();
    }
}
