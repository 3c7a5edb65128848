package dev.millrace.storage.together;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.millrace.testkit.Seed;
import org.junit.jupiter.api.Test;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.Set;

/** How many blocks the sets touch once their keys have been ordered, beside an order by chance and the best that there is. */
class CoAccessOrderTest {
    private static final int TOPICS = 64;
    private static final int KEYS_OF_A_TOPIC = 32;
    private static final int BLOCK = 16;

    @Test
    void order_ofPlantedTopics_isNearlyTheirs() {
        Random random = Seed.random("CoAccessOrderTest");
        List<long[]> asked = topics(random, 0);
        long[] order = CoAccessOrder.of(sets(asked), BLOCK);
        double reached = blocksOfASet(asked, order);
        double byChance = blocksOfASet(asked, shuffled(random));
        // A topic fills two blocks, and of 10 keys both have some.
        assertTrue(reached < 2.2, () -> reached + " blocks a set; by chance it is " + byChance);
        assertTrue(byChance > 8, () -> byChance + " blocks by chance");
    }

    @Test
    void order_ofTopicsAndWhatAllAskFor_stillHasTheTopics() {
        Random random = Seed.random("CoAccessOrderTest");
        List<long[]> asked = topics(random, 3);
        double reached = blocksOfASet(asked, CoAccessOrder.of(sets(asked), BLOCK));
        // Two of the topic, and three keys of any: each in a block of its own.
        assertTrue(reached < 6, () -> reached + " blocks a set");
    }

    @Test
    void order_ofWhatHasNoTopics_isNotWorseThanChance() {
        Random random = Seed.random("CoAccessOrderTest");
        List<long[]> asked = new ArrayList<>();
        for (int set = 0; set < 2_000; set++) {
            asked.add(random.longs(10, 0, (long) TOPICS * KEYS_OF_A_TOPIC).toArray());
        }
        double reached = blocksOfASet(asked, CoAccessOrder.of(sets(asked), BLOCK));
        double byChance = blocksOfASet(asked, shuffled(random));
        assertTrue(reached <= byChance, () -> reached + " blocks a set, by chance " + byChance);
    }

    @Test
    void order_hasEachKeyOnceAndIsAlwaysTheSame() {
        Random random = Seed.random("CoAccessOrderTest");
        List<long[]> asked = topics(random, 2);
        long[] order = CoAccessOrder.of(sets(asked), BLOCK);
        assertArrayEquals(order, CoAccessOrder.of(sets(asked), BLOCK));
        Set<Long> expected = new HashSet<>();
        asked.forEach(set -> Arrays.stream(set).forEach(expected::add));
        assertEquals(expected.size(), order.length);
        assertEquals(expected, new HashSet<>(Arrays.stream(order).boxed().toList()));
    }

    @Test
    void order_ofNothingOrLittle_isThatOfTheKeys() {
        assertEquals(0, CoAccessOrder.of(new KeySets.Builder().build(), BLOCK).length);
        KeySets.Builder one = new KeySets.Builder();
        one.add(new long[] {5}, 1);
        one.add(new long[] {3, 4}, 2);
        assertArrayEquals(new long[] {5, 3, 4}, CoAccessOrder.of(one.build(), BLOCK));
        assertEquals(3, CoAccessOrder.of(one.build(), 1).length);
        assertThrows(IllegalArgumentException.class, () -> CoAccessOrder.of(one.build(), 0));
    }

    /** Sets of 10 keys of one topic each, and of some that any may have. */
    private static List<long[]> topics(Random random, int others) {
        List<long[]> asked = new ArrayList<>();
        for (int set = 0; set < 4_000; set++) {
            long topic = random.nextInt(TOPICS);
            long[] keys = new long[10 + others];
            for (int i = 0; i < keys.length; i++) {
                keys[i] = i < 10
                        ? topic + TOPICS * (long) random.nextInt(KEYS_OF_A_TOPIC)
                        : random.nextInt(TOPICS * KEYS_OF_A_TOPIC);
            }
            asked.add(keys);
        }
        return asked;
    }

    private static KeySets sets(List<long[]> asked) {
        KeySets.Builder builder = new KeySets.Builder();
        asked.forEach(set -> builder.add(set, set.length));
        return builder.build();
    }

    private static long[] shuffled(Random random) {
        long[] keys = new long[TOPICS * KEYS_OF_A_TOPIC];
        Arrays.setAll(keys, i -> i);
        for (int i = keys.length - 1; i > 0; i--) {
            int other = random.nextInt(i + 1);
            long key = keys[i];
            keys[i] = keys[other];
            keys[other] = key;
        }
        return keys;
    }

    private static double blocksOfASet(List<long[]> asked, long[] order) {
        Map<Long, Integer> blocks = new HashMap<>();
        for (int i = 0; i < order.length; i++) {
            blocks.put(order[i], i / BLOCK);
        }
        return asked.stream()
                .mapToLong(set -> Arrays.stream(set).map(blocks::get).distinct().count())
                .average()
                .orElseThrow();
    }
}
