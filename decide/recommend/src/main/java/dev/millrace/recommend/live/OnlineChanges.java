package dev.millrace.recommend.live;

import dev.millrace.features.Catalog;
import dev.millrace.kernels.IntMap;
import dev.millrace.models.delta.ItemChange;
import dev.millrace.models.delta.ModelDelta;
import org.jspecify.annotations.Nullable;

import java.util.List;
import java.util.Map;

/** What was learnt online since the model's training, by the ordinals of this catalogue. Immutable: a newer delta replaces it. */
public final class OnlineChanges {
    private static final float[] NO_TOPICS = {};

    private final String label;
    private final long sequence;
    private final float[] userShift;
    private final float[] topicBiases;
    private final ModelDelta.Heads heads;
    /** The row of each item that changed; written here, read only afterwards. */
    private final IntMap rows;

    private final int[] items;
    private final float[] biases;
    private final float[][] shifts;

    private OnlineChanges(
            String label, long sequence, float[] userShift, float[] topicBiases, ModelDelta.Heads heads, int capacity) {
        this.label = label;
        this.sequence = sequence;
        this.userShift = userShift;
        this.topicBiases = topicBiases;
        this.heads = heads;
        rows = new IntMap(Math.max(1, capacity));
        items = new int[capacity];
        biases = new float[capacity];
        shifts = new float[capacity][];
    }

    static OnlineChanges none(String version, int dimension) {
        return new OnlineChanges(version, 0, new float[dimension], NO_TOPICS, ModelDelta.Heads.none(), 0);
    }

    /** Items and topics that the catalogue does not know are left out: they cannot be candidates. */
    static OnlineChanges of(ModelDelta delta, Catalog catalog) {
        float[] topics = new float[catalog.topicCount()];
        delta.topics().forEach((topic, bias) -> {
            int ordinal = catalog.topicOrdinal(topic);
            if (ordinal >= 0 && ordinal < topics.length) {
                topics[ordinal] = bias;
            }
        });
        List<ItemChange> known = delta.items().stream()
                .filter(change -> catalog.ordinal(change.item()) >= 0)
                .toList();
        OnlineChanges changes = new OnlineChanges(
                delta.label(), delta.sequence(), delta.userShift(), topics, delta.heads(), known.size());
        for (int row = 0; row < known.size(); row++) {
            changes.items[row] = catalog.ordinal(known.get(row).item());
            changes.biases[row] = known.get(row).bias();
            changes.shifts[row] = known.get(row).shift();
            changes.rows.putIfAbsent(changes.items[row], row);
        }
        return changes;
    }

    /** The model's version, with the delta's sequence where one is in service. */
    public String label() {
        return label;
    }

    /** 0 while nothing was learnt. */
    public long sequence() {
        return sequence;
    }

    public boolean isNone() {
        return sequence == 0;
    }

    /** What is added to the log-odds that a ranker gives each action, by the action's name; nothing where it was learnt of another ranker. */
    public Map<String, Float> offsetsOf(LiveRanker ranker) {
        return heads.offsetsOf(ranker.version());
    }

    /** What is added to each user's vector; shared, so do not change it. */
    public float[] userShift() {
        return userShift;
    }

    /** What is added to the item's value, in nats: its own bias and the mean of its topics'. */
    public float bias(int item, int[] topics) {
        int row = rows.get(item);
        float bias = row == IntMap.ABSENT ? 0 : biases[row];
        float sum = 0;
        for (int topic : topics) {
            sum += topic < topicBiases.length ? topicBiases[topic] : 0;
        }
        return topics.length == 0 ? bias : bias + sum / topics.length;
    }

    /** What is added to the item's vector; null for nothing. */
    float @Nullable [] shift(int item) {
        int row = rows.get(item);
        return row == IntMap.ABSENT ? null : shifts[row];
    }

    /** The items that changed, in no order; shared, so do not change it. */
    int[] items() {
        return items;
    }
}
