package dev.millrace.recommend.select;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.millrace.model.InvalidValueException;
import org.junit.jupiter.api.Test;

import java.util.HashSet;
import java.util.Set;
import java.util.SplittableRandom;

class ExplorationTest {
    private static final int ROUNDS = 200_000;

    @Test
    void fill_manyTimes_showsEachItemAsOftenAsItsPropensitySays() {
        // 5 places of 17 candidates: the last places have one alternative less than the first ones.
        assertPropensities(new Exploration(0.3, 1, 4), 17, 5);
        assertPropensities(new Exploration(0.1, 0, 2), 40, 8);
        assertPropensities(new Exploration(0.5, 2, 3), 7, 5);
    }

    @Test
    void fill_noCandidatesBehindTheSlate_leavesNothingToChance() {
        int[] rows = new int[5];
        float[] propensities = new float[5];
        int places = new Exploration(0.5, 0, 4).fill(5, 5, new SplittableRandom(1), rows, propensities);
        assertEquals(5, places);
        for (int place = 0; place < 5; place++) {
            assertEquals(place, rows[place]);
            assertEquals(1, propensities[place]);
        }
        assertEquals(3, new Exploration(0.5, 0, 4).fill(3, 5, new SplittableRandom(1), rows, propensities));
    }

    @Test
    void parameters_outOfBounds_areRefused() {
        assertThrows(InvalidValueException.class, () -> new Exploration(0.6, 0, 1));
        assertThrows(InvalidValueException.class, () -> new Exploration(0.1, -1, 1));
        assertThrows(InvalidValueException.class, () -> new Exploration(0.1, 0, 0));
    }

    private static void assertPropensities(Exploration exploration, int ranked, int count) {
        long seed = System.nanoTime();
        System.out.println("ExplorationTest seed " + seed);
        SplittableRandom random = new SplittableRandom(seed);
        int[][] shown = new int[count][ranked];
        float[][] claimed = new float[count][ranked];
        int[] rows = new int[count];
        float[] propensities = new float[count];
        for (int round = 0; round < ROUNDS; round++) {
            int places = exploration.fill(ranked, count, random, rows, propensities);
            assertEquals(count, places);
            Set<Integer> distinct = new HashSet<>();
            for (int place = 0; place < places; place++) {
                assertTrue(distinct.add(rows[place]), "an item is shown once");
                shown[place][rows[place]]++;
                float before = claimed[place][rows[place]];
                assertTrue(before == 0 || before == propensities[place], "a propensity does not depend on the draw");
                claimed[place][rows[place]] = propensities[place];
            }
        }
        for (int place = 0; place < count; place++) {
            double sum = 0;
            for (int item = 0; item < ranked; item++) {
                double p = claimed[place][item];
                // Five standard deviations: a false alarm once in a million cells.
                double tolerance = 5 * Math.sqrt(p * (1 - p) / ROUNDS) + 1e-9;
                assertEquals(p, shown[place][item] / (double) ROUNDS, tolerance, "place " + place + ", item " + item);
                sum += p;
            }
            assertEquals(1, sum, 1e-5, "the propensities of a place add up to 1");
        }
    }
}
