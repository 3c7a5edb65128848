package dev.millrace.training.online;

import dev.millrace.kernels.VectorMath;
import dev.millrace.model.ItemId;
import dev.millrace.models.delta.ItemChange;
import dev.millrace.models.delta.ModelDelta;
import dev.millrace.models.delta.ModelDelta.Cause;
import dev.millrace.training.online.belief.Belief;
import dev.millrace.training.online.belief.VectorBelief;
import org.jspecify.annotations.Nullable;

import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.SortedMap;
import java.util.TreeMap;

/**
 * What is believed to have changed since the training, learnt one slate at a time. Owned by the learner.
 *
 * <p>Idea: the value by which a slate was ordered is taken as it was served, less what was corrected already; what is
 * learnt is only what clicks say beyond it. So features that react by themselves are not learnt a second time, and where
 * they catch up, the corrections go back to zero.
 *
 * <p>Parameters: a bias per item, a bias per topic, a shift of each item's vector, one shift of all users' vectors, and
 * the {@link Heads}; each a {@link Belief} that starts at zero, bounded, and forgotten within minutes. The loss is the
 * log loss of shown items; its gradients are checked against finite differences. One step costs O(places · dimension).
 */
final class OnlineModel implements Corrections {
    /** Until the heads know how values become clicks, every item would be blamed for their ignorance. */
    static final int WARM_UP_IMPRESSIONS = 2_000;

    /** Of the trained opinion of an item, in nats squared: about two items in three are off by less than 0.55. */
    private static final double ITEM_VARIANCE = 0.3;

    private static final double TOPIC_VARIANCE = 0.1;
    /** What shifts of vectors may explain, in nats squared. */
    private static final double SHIFT_VARIANCE = 0.3;
    /** After so long a third is left of what is not seen again: what lasts longer is for the next training to learn. */
    private static final double LIFE_MILLIS = Duration.ofMinutes(10).toMillis();

    private static final Belief.Bound ITEM_BOUND = new Belief.Bound(0.3, 2);
    private static final Belief.Bound TOPIC_BOUND = new Belief.Bound(0.1, 1);
    private static final int DIRECTIONS = 16;
    /** How far a vector may be shifted, as part of the length of an average one. */
    private static final double MOST_SHIFT = 0.5;

    private static final double LEAST_CURVATURE = 0.02;
    private static final int MOST_TOPICS = 10_000;
    private static final double NORM_SHARE = 0.001;
    /** What is put back after a roll-back or a restart was learnt from much, but is older. */
    private static final double RESTORED_VARIANCE = 0.25;

    private final int dimension;
    private final Map<ItemId, ItemBelief> items;
    private final Map<String, Belief> topics = new HashMap<>();
    private VectorBelief userShift;
    private Heads heads;
    private Heads headsWithout;
    private final RankerCalibration calibration;
    private long impressions;
    /** What the heads of the trained model alone have learnt from: no delta brings these back. */
    private long impressionsWithout;
    /** The variance to which shifts return: it follows the weight of the model's score. */
    private double shiftPrior = SHIFT_VARIANCE;

    private double userNorm;
    private double itemNorm;

    private record ItemBelief(Belief bias, VectorBelief shift) {}

    OnlineModel(int dimension, int mostItems, RankerCalibration calibration) {
        this.dimension = dimension;
        this.calibration = calibration;
        items = new LinkedHashMap<>(16, 0.75f, true) {
            @Override
            protected boolean removeEldestEntry(Map.Entry<ItemId, ItemBelief> eldest) {
                return size() > mostItems;
            }
        };
        userShift = new VectorBelief(new float[dimension], 0, 0);
        heads = new Heads(Map.of());
        headsWithout = new Heads(Map.of());
    }

    /** The probability of a click on the item at a place, with the given corrections. */
    double probability(PreparedSlate slate, Corrections corrections, int place) {
        double value = slate.values()[place] + slate.correction(corrections, place);
        return heads.probability(value, slate.mean(), place);
    }

    /** The same by the trained model alone, with heads that were learnt for it alone. */
    double probabilityWithout(PreparedSlate slate, int place) {
        return headsWithout.probability(slate.values()[place], slate.mean(), place);
    }

    /** Values are made in another way from here on: how they become clicks is to be learnt again before anything else is. */
    void forgetHeads() {
        heads = new Heads(Map.of());
        headsWithout = new Heads(Map.of());
        impressions = 0;
        impressionsWithout = 0;
    }

    boolean isWarm() {
        return impressions >= WARM_UP_IMPRESSIONS;
    }

    /** Whether the trained model alone is predicted as well as it can be, so that it may be compared with. */
    boolean isComparable() {
        return isWarm() && impressionsWithout >= WARM_UP_IMPRESSIONS;
    }

    int itemCount() {
        return items.size();
    }

    RankerCalibration calibration() {
        return calibration;
    }

    /** Takes one step for each item that was shown. */
    void learn(PreparedSlate slate) {
        observeNorms(slate);
        for (int place = 0; place < slate.slate().size(); place++) {
            if (slate.slate().isShown(place)) {
                learn(slate, place);
                impressions++;
                impressionsWithout++;
            }
        }
    }

    private void learn(PreparedSlate slate, int place) {
        double click = slate.slate().isClicked(place) ? 1 : 0;
        double value = slate.values()[place];
        double corrected = value + slate.correction(this, place);
        double probability = heads.probability(corrected, slate.mean(), place);
        double error = probability - click;
        double curvature = curvature(probability);
        double slope = heads.slope();
        double without = headsWithout.probability(value, slate.mean(), place);
        headsWithout.step(without - click, curvature(without), value, slate.mean(), place);
        heads.step(error, curvature, corrected, slate.mean(), place);
        if (isWarm()) {
            step(slate, place, error * slope, curvature * slope * slope);
        }
    }

    /** @param gradient of the loss with respect to the item's value */
    private void step(PreparedSlate slate, int place, double gradient, double curvature) {
        long now = slate.slate().millis();
        ItemBelief item = items.computeIfAbsent(slate.slate().item(place), id -> newItem(now));
        List<String> own = slate.topics().get(place);
        for (String name : own) {
            Belief topic = topics.size() < MOST_TOPICS
                    ? topics.computeIfAbsent(name, unknown -> new Belief(0, TOPIC_VARIANCE, now))
                    : topics.get(name);
            if (topic != null) {
                topic.forget(now, TOPIC_VARIANCE, LIFE_MILLIS);
                topic.step(gradient / own.size(), curvature / (own.size() * own.size()), 0, TOPIC_BOUND);
            }
        }
        item.bias.forget(now, ITEM_VARIANCE, LIFE_MILLIS);
        item.bias.step(gradient, curvature, 0, ITEM_BOUND);
        float[] user = slate.user();
        float weight = slate.modelWeight();
        if (user != null && weight > 0) {
            stepVectors(
                    item, user, slate.vectors()[place], now, gradient * weight, curvature * weight * weight, weight);
        }
    }

    private void stepVectors(
            ItemBelief item,
            float[] user,
            float @Nullable [] vector,
            long now,
            double gradient,
            double curvature,
            float weight) {
        shiftPrior = SHIFT_VARIANCE / (weight * weight);
        float[] served = user.clone();
        VectorMath.axpy(1, userShift.mean(), served, dimension);
        if (vector != null) {
            float[] row = vector.clone();
            VectorMath.axpy(1, item.shift.mean(), row, dimension);
            userShift.forget(now, shiftPrior, LIFE_MILLIS);
            userShift.step(row, gradient, curvature, DIRECTIONS, MOST_SHIFT * userNorm);
        }
        item.shift.forget(now, shiftPrior, LIFE_MILLIS);
        item.shift.step(served, gradient, curvature, DIRECTIONS, MOST_SHIFT * itemNorm);
    }

    private ItemBelief newItem(long now) {
        return new ItemBelief(new Belief(0, ITEM_VARIANCE, now), new VectorBelief(new float[dimension], 0, 0));
    }

    private void observeNorms(PreparedSlate slate) {
        float[] user = slate.user();
        if (user != null) {
            userNorm = averaged(userNorm, VectorMath.norm(user, 0, dimension));
        }
        for (float[] vector : slate.vectors()) {
            if (vector != null) {
                itemNorm = averaged(itemNorm, VectorMath.norm(vector, 0, dimension));
            }
        }
    }

    private static double averaged(double before, double value) {
        return before == 0 ? value : before + NORM_SHARE * (value - before);
    }

    private static double curvature(double probability) {
        return Math.max(LEAST_CURVATURE, probability * (1 - probability));
    }

    @Override
    public double bias(ItemId item, List<String> ofItem) {
        ItemBelief belief = items.get(item);
        double sum = 0;
        for (String name : ofItem) {
            Belief topic = topics.get(name);
            sum += topic == null ? 0 : topic.mean();
        }
        return (belief == null ? 0 : belief.bias.mean()) + (ofItem.isEmpty() ? 0 : sum / ofItem.size());
    }

    @Override
    public float @Nullable [] shift(ItemId item) {
        ItemBelief belief = items.get(item);
        return belief == null ? null : belief.shift.mean();
    }

    @Override
    public float[] userShift() {
        return userShift.mean();
    }

    /**
     * What is believed at a time, to be published; without heads while these know nothing yet.
     *
     * @param ranker whose values the heads read; empty for the model's own
     */
    ModelDelta delta(String parent, long sequence, Cause cause, String ranker, long logOffset, long nowMillis) {
        List<ItemChange> changes = new ArrayList<>(items.size());
        items.forEach((id, belief) -> {
            belief.bias.forget(nowMillis, ITEM_VARIANCE, LIFE_MILLIS);
            belief.shift.forget(nowMillis, shiftPrior, LIFE_MILLIS);
            changes.add(new ItemChange(
                    id, (float) belief.bias.mean(), belief.shift.mean().clone()));
        });
        SortedMap<String, Float> biases = new TreeMap<>();
        topics.forEach((name, belief) -> {
            belief.forget(nowMillis, TOPIC_VARIANCE, LIFE_MILLIS);
            biases.put(name, (float) belief.mean());
        });
        userShift.forget(nowMillis, shiftPrior, LIFE_MILLIS);
        SortedMap<String, Double> known = isWarm() ? heads.values() : new TreeMap<>();
        return new ModelDelta(
                parent,
                sequence,
                cause,
                logOffset,
                userShift.mean().clone(),
                changes,
                biases,
                new ModelDelta.Heads(ranker, known, calibration.offsets(nowMillis)));
    }

    /** Goes back to what a delta holds; the heads of the trained model alone stay as they are, and so does the calibration. */
    void restore(ModelDelta delta, long nowMillis) {
        items.clear();
        topics.clear();
        for (ItemChange change : delta.items()) {
            items.put(
                    change.item(),
                    new ItemBelief(
                            new Belief(change.bias(), ITEM_VARIANCE * RESTORED_VARIANCE, nowMillis),
                            new VectorBelief(change.shift().clone(), RESTORED_VARIANCE * SHIFT_VARIANCE, nowMillis)));
        }
        delta.topics()
                .forEach((name, bias) ->
                        topics.put(name, new Belief(bias, TOPIC_VARIANCE * RESTORED_VARIANCE, nowMillis)));
        userShift = new VectorBelief(delta.userShift().clone(), RESTORED_VARIANCE * SHIFT_VARIANCE, nowMillis);
        if (!delta.heads().values().isEmpty()) {
            heads = new Heads(delta.heads().values());
            impressions = Math.max(impressions, WARM_UP_IMPRESSIONS);
        }
    }
}
