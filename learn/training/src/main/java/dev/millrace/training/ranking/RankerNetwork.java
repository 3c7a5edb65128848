package dev.millrace.training.ranking;

import static org.bytedeco.pytorch.global.torch.cat;
import static org.bytedeco.pytorch.global.torch.gelu;
import static org.bytedeco.pytorch.global.torch.linear;
import static org.bytedeco.pytorch.global.torch.softmax;

import dev.millrace.training.network.DropoutMasks;
import dev.millrace.training.network.NativeWeights;
import dev.millrace.training.network.WeightLayout;
import org.bytedeco.pytorch.Scalar;
import org.bytedeco.pytorch.Tensor;
import org.bytedeco.pytorch.TensorOptional;
import org.bytedeco.pytorch.TensorVector;
import org.jspecify.annotations.Nullable;

import java.util.LinkedHashMap;
import java.util.Map;

/**
 * The forward pass of the ranker: one logit per head for a user and a candidate. Owned by the training thread.
 *
 * <p>An item is the mean of the vectors of its id and its attributes, so are users. The user's history is pooled by
 * attention of the candidate to each of its items, with a learned bias for how long ago it was (Zhou et al. 2018, DIN,
 * with softmax). Candidate, user, pooled history, their products, and the standardised logarithms of the numbers go
 * through shared layers to one linear head per action (multi-task with a shared bottom, Caruana 1997). Candidates do not see each
 * other, and an item's vector does not depend on the request.
 */
final class RankerNetwork {
    static final String ITEMS = "items";
    static final String USERS = "users";
    static final String RECENCY = "recency";
    static final String HEADS_BIAS = "heads.bias";

    private final NativeWeights weights;
    private final RankerConfig config;

    RankerNetwork(NativeWeights weights, RankerConfig config) {
        this.weights = weights;
        this.config = config;
    }

    static WeightLayout layout(RankerConfig config, int numbers) {
        return layout(config, numbers, config.tableRows(), config.tableRows());
    }

    static WeightLayout layout(RankerConfig config, int numbers, int itemRows, int userRows) {
        Map<String, long[]> sides = new LinkedHashMap<>();
        int d = config.dimension();
        sides.put(ITEMS, new long[] {itemRows, d});
        sides.put(USERS, new long[] {userRows, d});
        sides.put(RECENCY, new long[] {config.history()});
        int width = numbers + 5 * d;
        for (int layer = 0; layer < config.hidden().size(); layer++) {
            int next = config.hidden().get(layer);
            sides.put("layer" + layer + ".weight", new long[] {next, width});
            sides.put("layer" + layer + ".bias", new long[] {next});
            width = next;
        }
        sides.put("heads.weight", new long[] {config.heads().size(), width});
        sides.put(HEADS_BIAS, new long[] {config.heads().size()});
        return new WeightLayout(sides);
    }

    /** @return rows × heads logits */
    Tensor forward(RankingBatch batch, @Nullable DropoutMasks dropout) {
        Tensor items = bags(weights.get(ITEMS), batch.itemBags());
        Tensor users = bags(weights.get(USERS), batch.userBags());
        Tensor candidate = items.index_select(0, batch.candidates());
        Tensor pooled = pool(candidate, items.index_select(0, batch.history()), batch);
        TensorVector parts = new TensorVector(
                batch.numbers(), candidate, users, pooled, candidate.mul(pooled), candidate.mul(users));
        Tensor x = drop(cat(parts, 1), dropout);
        for (int layer = 0; layer < config.hidden().size(); layer++) {
            x = drop(gelu(dense("layer" + layer, x)), dropout);
        }
        return dense("heads", x);
    }

    /** The mean of each bag's rows. */
    private Tensor bags(Tensor table, RankingBatch.Bags bags) {
        Tensor rows = table.index_select(0, bags.rows()).mul(bags.shares());
        return rows.view(bags.count(), bags.width(), config.dimension()).sum(1L);
    }

    private Tensor pool(Tensor candidate, Tensor history, RankingBatch batch) {
        long n = batch.size();
        int length = config.history();
        int d = config.dimension();
        Tensor met = history.view(n, length, d);
        Tensor scores = met.mul(candidate.unsqueeze(1))
                .sum(2L)
                .mul(new Scalar((float) (1 / Math.sqrt(d))))
                .add(weights.get(RECENCY))
                .add(batch.historyMask());
        Tensor shares = softmax(scores, -1).mul(batch.hasHistory());
        return met.mul(shares.unsqueeze(2)).sum(1L);
    }

    private Tensor dense(String name, Tensor x) {
        return linear(x, weights.get(name + ".weight"), new TensorOptional(weights.get(name + ".bias")));
    }

    private static Tensor drop(Tensor x, @Nullable DropoutMasks dropout) {
        return dropout == null ? x : dropout.apply(x);
    }
}
