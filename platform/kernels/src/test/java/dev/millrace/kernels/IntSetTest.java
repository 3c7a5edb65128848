package dev.millrace.kernels;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

import org.junit.jupiter.api.Test;

import java.util.HashMap;
import java.util.HashSet;
import java.util.Map;
import java.util.Random;
import java.util.Set;

class IntSetTest {
    @Test
    void add_randomKeysAndClears_equalsAHashSet() {
        Random random = seeded();
        IntSet set = new IntSet(4);
        Set<Integer> expected = new HashSet<>();
        for (int step = 0; step < 100_000; step++) {
            int key = random.nextInt(3_000);
            if (random.nextInt(5_000) == 0) {
                set.clear();
                expected.clear();
            }
            assertEquals(expected.contains(key), set.contains(key));
            if (random.nextBoolean()) {
                assertEquals(expected.add(key), set.add(key));
            }
            assertEquals(expected.size(), set.size());
        }
    }

    @Test
    void putIfAbsent_randomKeysAndClears_equalsAHashMap() {
        Random random = seeded();
        IntMap map = new IntMap(1_000);
        Map<Integer, Integer> expected = new HashMap<>();
        for (int step = 0; step < 100_000; step++) {
            int key = random.nextInt(1_000) * 7_919;
            if (random.nextInt(5_000) == 0) {
                map.clear();
                expected.clear();
            }
            Integer before = expected.putIfAbsent(key, step);
            assertEquals(before == null ? IntMap.ABSENT : before, map.putIfAbsent(key, step));
            assertEquals(expected.get(key), map.get(key));
            assertEquals(expected.size(), map.size());
        }
    }

    @Test
    void keys_negativeOrTooMany_areRefused() {
        assertThrows(IllegalArgumentException.class, () -> new IntSet(1).add(-1));
        assertThrows(IllegalArgumentException.class, () -> new IntMap(1).get(-1));
        IntMap full = new IntMap(1);
        full.putIfAbsent(1, 1);
        assertThrows(IllegalStateException.class, () -> full.putIfAbsent(2, 2));
    }

    private static Random seeded() {
        long seed = System.nanoTime();
        System.out.println("IntSetTest seed " + seed);
        return new Random(seed);
    }
}
