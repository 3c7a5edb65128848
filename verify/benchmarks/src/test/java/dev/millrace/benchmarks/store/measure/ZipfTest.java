package dev.millrace.benchmarks.store.measure;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import org.junit.jupiter.api.Test;

import java.util.SplittableRandom;

class ZipfTest {
    private static final int DRAWS = 1_000_000;

    @Test
    void next_manyDraws_followTheLaw() {
        int ranks = 1000;
        long seed = 7;
        long[] seen = new long[ranks];
        Zipf zipf = new Zipf(ranks, 0.99, new SplittableRandom(seed));
        for (int i = 0; i < DRAWS; i++) {
            seen[(int) zipf.next()]++;
        }
        double total = 0;
        for (int k = 1; k <= ranks; k++) {
            total += Math.pow(k, -0.99);
        }
        double chiSquare = 0;
        for (int k = 1; k <= ranks; k++) {
            double expected = DRAWS * Math.pow(k, -0.99) / total;
            chiSquare += (seen[k - 1] - expected) * (seen[k - 1] - expected) / expected;
        }
        // 999 degrees of freedom: mean 999, standard deviation 45; the seed makes the draw always the same.
        double observed = chiSquare;
        assertTrue(chiSquare < 999 + 4 * 45, () -> "seed " + seed + ": chi square " + observed);
    }

    @Test
    void next_ofFourMillionRanks_hitsTheHottestTenthAsOftenAsTheLawSays() {
        int ranks = 4_000_000;
        Zipf zipf = new Zipf(ranks, 0.99, new SplittableRandom(3));
        long hot = 0;
        for (int i = 0; i < DRAWS; i++) {
            hot += zipf.next() < ranks / 10 ? 1 : 0;
        }
        double sumHot = 0;
        double sum = 0;
        for (int k = 1; k <= ranks; k++) {
            double weight = Math.pow(k, -0.99);
            sum += weight;
            sumHot += k <= ranks / 10 ? weight : 0;
        }
        assertEquals(sumHot / sum, hot / (double) DRAWS, 0.002);
    }

    @Test
    void next_ofOneRank_isIt() {
        assertEquals(0, new Zipf(1, 0.99, new SplittableRandom(1)).next());
    }

    @Test
    void construction_withAnExponentOfOne_isRefused() {
        assertThrows(IllegalArgumentException.class, () -> new Zipf(10, 1, new SplittableRandom(1)));
    }
}
