package dev.millrace.features;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.millrace.model.ActionType;
import org.junit.jupiter.api.Test;

import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;

/** A user's row, written and read back after each change, against plain lists. */
final class UserRowTest {
    private static final int ITEMS = 25;
    private static final int TOPICS = 10;
    private static final int STEPS = 3_000;
    private static final double HALF_LIFE = 7 * 86_400;

    private final long seed = System.nanoTime();
    private final Random random = new Random(seed);
    private final List<Integer> seen = new ArrayList<>();
    private final List<Integer> actions = new ArrayList<>();
    private final Map<Integer, Double> topics = new HashMap<>();
    private long newest;

    @Test
    void changes_inAnyOrder_readBackAsPlainListsHaveThem() {
        FeaturesConfig config = config(4, 2 + random.nextInt(9), 2 * TOPICS);
        UserRow row = read(new UserRow(config), config);
        long seconds = 1_000_000;
        for (int step = 0; step < STEPS; step++) {
            seconds += random.nextInt(20_000) - 5_000;
            change(row, config, seconds);
            row = read(row, config);
            check(row, "seed " + seed + ", step " + step);
        }
    }

    @Test
    void bounds_thatBecameSmaller_keepTheNewest() {
        FeaturesConfig large = config(8, 9, TOPICS);
        UserRow row = read(new UserRow(large), large);
        for (int item = 0; item < 9; item++) {
            row.addSeen(item);
            row.addAction(item, ActionType.LIKE, 100 + item);
            row.addTopics(new int[] {item}, 100);
        }
        UserRow cut = read(row, config(2, 4, 3));
        int[] items = new int[8];
        assertEquals(2, cut.history(items, new long[8], new byte[8]));
        assertEquals(List.of(7, 8), List.of(items[0], items[1]));
        assertEquals(4, cut.seenCount());
        assertTrue(cut.hasSeen(5) && cut.hasSeen(8));
        assertFalse(cut.hasSeen(4));
        assertEquals(3, cut.topics(100_000, new int[8], new float[8]));
        assertEquals(1, cut.topic(2, 100_000));
    }

    @Test
    void largestBounds_fit() {
        FeaturesConfig config = config(128, 256, 128);
        UserRow row = read(new UserRow(config), config);
        for (int i = 0; i < 400; i++) {
            row.addSeen(i);
            row.addAction(i, ActionType.CLICK, 5);
            row.addTopics(new int[] {i}, 5);
            row = read(row, config);
        }
        assertEquals(3 + 128 + 128 + 256 / 2, row.room().size());
        assertTrue(row.hasSeen(399) && row.hasSeen(144) && !row.hasSeen(143));
        assertEquals(128, row.historyCount());
    }

    private void change(UserRow row, FeaturesConfig config, long seconds) {
        int item = random.nextInt(ITEMS);
        row.addSeen(item);
        if (!seen.contains(item)) {
            seen.add(item);
            if (seen.size() > config.seenCapacity()) {
                seen.removeFirst();
            }
        }
        if (random.nextBoolean()) {
            row.addAction(item, ActionType.LIKE, seconds);
            if (!actions.isEmpty() && actions.getLast() == item) {
                actions.removeLast();
            }
            actions.add(item);
            if (actions.size() > config.historyLength()) {
                actions.removeFirst();
            }
            int topic = item % TOPICS;
            row.addTopics(new int[] {topic}, seconds);
            long latest = topics.isEmpty() ? seconds : Math.max(newest, seconds);
            topics.replaceAll((_, value) -> value * left(latest - newest));
            topics.merge(topic, left(latest - seconds), Double::sum);
            newest = latest;
        }
    }

    private void check(UserRow row, String where) {
        int[] items = new int[16];
        int count = row.history(items, new long[16], new byte[16]);
        List<Integer> history = new ArrayList<>();
        for (int i = 0; i < count; i++) {
            history.add(items[i]);
        }
        assertEquals(actions, history, where);
        assertEquals(actions.size(), row.historyCount(), where);
        assertEquals(seen.size(), row.seenCount(), where);
        for (int item = 0; item < ITEMS; item++) {
            assertEquals(seen.contains(item), row.hasSeen(item), where + ", item " + item);
        }
        for (int topic = 0; topic < TOPICS; topic++) {
            double expected = topics.getOrDefault(topic, 0.0);
            assertEquals(expected, row.topic(topic, newest * 1000), 1e-4 * (1 + expected), where + ", topic " + topic);
        }
    }

    /** As the next reader finds the row in the table. */
    private static UserRow read(UserRow row, FeaturesConfig config) {
        row.stored();
        long[] words = row.room().copy();
        UserRow again = new UserRow(config);
        System.arraycopy(words, 0, again.room().words(), 0, words.length);
        again.room().size(words.length);
        again.loaded();
        return again;
    }

    private static double left(long seconds) {
        return Math.pow(2, -seconds / HALF_LIFE);
    }

    private static FeaturesConfig config(int history, int seen, int topics) {
        return new FeaturesConfig(history, seen, topics, true, 10, FeaturesConfig.HalfLives.defaults());
    }
}
