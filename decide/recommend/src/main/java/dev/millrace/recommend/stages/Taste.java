package dev.millrace.recommend.stages;

import dev.millrace.features.Counters;
import dev.millrace.kernels.IntMap;
import dev.millrace.recommend.select.ValueModel;

/** How much a user turned to each topic, ready to be asked per candidate. Reused; owned by one request. */
public final class Taste {
    /** Each further topic of an item says half as much of it as the one before. */
    private static final float NEXT_TOPIC = 0.5f;

    private final int[] topics;
    private final float[] actions;
    private final IntMap positions;
    private float allActions;
    private int topicCount;

    Taste(int capacity) {
        topics = new int[capacity];
        actions = new float[capacity];
        positions = new IntMap(capacity);
    }

    void clear() {
        positions.clear();
        allActions = 0;
        topicCount = 1;
    }

    void read(Counters counters, int user, long nowMillis, int allTopics) {
        clear();
        topicCount = Math.max(1, allTopics);
        int n = counters.userTopics(user, nowMillis, topics, actions);
        for (int i = 0; i < n; i++) {
            if (positions.putIfAbsent(topics[i], i) == IntMap.ABSENT) {
                allActions += actions[i];
            }
        }
    }

    /** The logarithm of the weighted mean lift of an item's topics; 0 for an item without topics or a new user. */
    float logLift(int[] itemTopics) {
        if (itemTopics.length == 0 || allActions == 0) {
            return 0;
        }
        float weight = 1;
        float weights = 0;
        float sum = 0;
        for (int topic : itemTopics) {
            int at = positions.get(topic);
            sum += weight * ValueModel.topicLift(at == IntMap.ABSENT ? 0 : actions[at], allActions, topicCount);
            weights += weight;
            weight *= NEXT_TOPIC;
        }
        return (float) Math.log(sum / weights);
    }
}
