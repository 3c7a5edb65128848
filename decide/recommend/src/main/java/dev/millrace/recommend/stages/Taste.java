package dev.millrace.recommend.stages;

import dev.millrace.features.Catalog;
import dev.millrace.features.SeenItems;
import dev.millrace.features.UserRow;
import dev.millrace.kernels.IntMap;
import dev.millrace.recommend.select.ValueModel;

/** How much a user turned to each topic, and was shown of it, ready to be asked per candidate. Reused; owned by one request. */
public final class Taste {
    /** Each further topic of an item says half as much of it as the one before. */
    private static final float NEXT_TOPIC = 0.5f;

    /** Beside the topics acted on, so many more that were only shown; further ones count as never shown. */
    private static final int MORE_SHOWN = 256;

    private final int[] topics;
    private final float[] actions;
    private final float[] shown;
    private final IntMap positions;
    private int known;
    private float allActions;
    private float allShown;
    /** What is left of the user's newest actions, of which the counters forget with time: 1 for what happened just now. */
    private float left;

    private int topicCount;

    Taste(int capacity) {
        topics = new int[capacity];
        actions = new float[capacity + MORE_SHOWN];
        shown = new float[capacity + MORE_SHOWN];
        positions = new IntMap(capacity + MORE_SHOWN);
    }

    void clear() {
        positions.clear();
        known = 0;
        allActions = 0;
        allShown = 0;
        left = 1;
        topicCount = 1;
    }

    void read(UserRow row, long nowMillis, int allTopics) {
        clear();
        topicCount = Math.max(1, allTopics);
        known = row.topics(nowMillis, topics, actions);
        for (int i = 0; i < known; i++) {
            shown[i] = 0;
            if (positions.putIfAbsent(topics[i], i) == IntMap.ABSENT) {
                allActions += actions[i];
            }
        }
    }

    /**
     * Counts what the user was shown of each topic: what was passed over again and again is not liked.
     *
     * <p>Items seen carry no time and are not forgotten as actions are. So they count as much as is left of the newest
     * actions: else what a user liked a year ago would look shown and passed over.
     *
     * @param history the items of the newest positive actions, of which {@code count} are filled
     */
    void countShown(SeenItems seen, int[] history, int count, Catalog catalog) {
        float remembered = 0;
        for (int i = 0; i < count; i++) {
            remembered += catalog.topics(history[i]).length;
        }
        left = remembered == 0 ? 1 : Math.min(1, allActions / remembered);
        seen.forEach(item -> {
            for (int topic : catalog.topics(item)) {
                countShown(topic);
            }
        });
    }

    private void countShown(int topic) {
        int at = positions.get(topic);
        if (at == IntMap.ABSENT && known < shown.length) {
            at = known++;
            positions.putIfAbsent(topic, at);
            actions[at] = 0;
            shown[at] = 0;
        }
        if (at != IntMap.ABSENT) {
            shown[at] += left;
            allShown += left;
        }
    }

    /** The topic that the user acted on most, of those given; −1 for none. */
    int favourite(int[] itemTopics) {
        int favourite = -1;
        float most = 0;
        for (int topic : itemTopics) {
            int at = positions.get(topic);
            if (at != IntMap.ABSENT && actions[at] > most) {
                most = actions[at];
                favourite = topic;
            }
        }
        return favourite;
    }

    /**
     * The logarithm of the weighted mean lift of an item's topics; 0 for an item without topics or a new user.
     *
     * @param rate how many clicks one that is shown draws, all users and topics together
     */
    float logLift(int[] itemTopics, float rate) {
        if (itemTopics.length == 0 || (allActions == 0 && allShown == 0)) {
            return 0;
        }
        // Imported histories come without what was shown beside them: then only the shares of the actions tell.
        boolean shownIsKnown = allShown > allActions;
        float weight = 1;
        float weights = 0;
        float sum = 0;
        for (int topic : itemTopics) {
            int at = positions.get(topic);
            float acted = at == IntMap.ABSENT ? 0 : actions[at];
            float lift = shownIsKnown
                    ? ValueModel.topicLift(acted, rate * (at == IntMap.ABSENT ? 0 : shown[at]))
                    : ValueModel.topicLift(acted, allActions, topicCount);
            sum += weight * lift;
            weights += weight;
            weight *= NEXT_TOPIC;
        }
        return (float) Math.log(sum / weights);
    }
}
