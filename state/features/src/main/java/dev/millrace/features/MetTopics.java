package dev.millrace.features;

import java.util.Arrays;

/** How many of the items that a user met have each topic. Immutable. */
final class MetTopics {
    /** One entry per item and topic, in order: so that a count is the distance of two places. */
    private final int[] topics;

    private MetTopics(int[] topics) {
        this.topics = topics;
    }

    static MetTopics count(UserRow user, Catalog catalog) {
        int[] topics = new int[2 * user.seenCount()];
        int count = 0;
        for (int i = 0; i < user.seenCount(); i++) {
            for (int topic : catalog.topics(user.seenItem(i))) {
                if (count == topics.length) {
                    topics = Arrays.copyOf(topics, 2 * count);
                }
                topics[count++] = topic;
            }
        }
        Arrays.sort(topics, 0, count);
        return new MetTopics(Arrays.copyOf(topics, count));
    }

    int of(int topic) {
        return firstFrom(topic + 1) - firstFrom(topic);
    }

    /** The first place whose topic is not below the given one. */
    private int firstFrom(int topic) {
        int low = 0;
        int high = topics.length;
        while (low < high) {
            int middle = (low + high) >>> 1;
            if (topics[middle] < topic) {
                low = middle + 1;
            } else {
                high = middle;
            }
        }
        return low;
    }
}
