package dev.millrace.kernels;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import org.junit.jupiter.api.Test;

import java.util.Arrays;
import java.util.Comparator;
import java.util.Random;
import java.util.stream.IntStream;

class TopKTest {
    @Test
    void drain_randomOffers_equalsSorting() {
        long seed = System.nanoTime();
        System.out.println("TopKTest seed " + seed);
        Random random = new Random(seed);
        TopK best = new TopK(50);
        for (int round = 0; round < 500; round++) {
            int n = random.nextInt(200);
            int k = 1 + random.nextInt(50);
            float[] scores = new float[n];
            best.reset(k);
            for (int i = 0; i < n; i++) {
                scores[i] = random.nextInt(20);
                best.offer(i, scores[i]);
            }
            int[] expected = IntStream.range(0, n)
                    .boxed()
                    .sorted(Comparator.<Integer>comparingDouble(i -> -scores[i]).thenComparingInt(i -> i))
                    .limit(k)
                    .mapToInt(i -> i)
                    .toArray();
            int[] keys = new int[50];
            float[] out = new float[50];
            int count = best.drain(keys, out);
            assertArrayEquals(expected, Arrays.copyOf(keys, count), "n " + n + ", k " + k);
            assertEquals(0, best.size());
        }
    }

    @Test
    void threshold_fullHeap_isTheWorstKept() {
        TopK best = new TopK(2);
        assertEquals(Float.NEGATIVE_INFINITY, best.threshold());
        best.offer(1, 5);
        assertTrue(best.offer(2, Float.NaN), "NaN is the lowest score");
        best.offer(3, 7);
        assertEquals(5, best.threshold());
    }

    @Test
    void reset_kBeyondCapacity_isRefused() {
        assertThrows(IllegalArgumentException.class, () -> new TopK(3).reset(4));
        assertThrows(IllegalArgumentException.class, () -> new TopK(0));
    }
}
