package dev.millrace.recommend.select;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;

import org.junit.jupiter.api.Test;

class MarginalRelevanceTest {
    // Values scaled to [0, 1]: 1, 0.9, 0.5, 0. Items 0 and 1 point the same way, item 2 across, item 3 half-way.
    private static final float[] VALUES = {10, 9, 5, 0};
    private static final float[] VECTORS = {1, 0, 2, 0, 0, 1, 1, 1};

    private final int[] order = new int[4];

    @Test
    void order_lambdaOne_isTheOrderOfValues() {
        order(1, 4);
        assertArrayEquals(new int[] {0, 1, 2, 3}, order);
    }

    @Test
    void order_lambdaHalf_putsTheTwinBehind() {
        // After 0: item 1 has 0.45 − 0.5 = −0.05, item 2 has 0.25, item 3 has −0.5 · 0.707 = −0.354.
        // After 2: item 1 stays at −0.05, item 3 stays at −0.354.
        order(0.5f, 4);
        assertArrayEquals(new int[] {0, 2, 1, 3}, order);
    }

    @Test
    void order_fewPlaces_leavesTheRestByValue() {
        order(0.5f, 2);
        assertArrayEquals(new int[] {0, 2, 1, 3}, order);
        order(0.5f, 1);
        assertArrayEquals(new int[] {0, 1, 2, 3}, order);
    }

    @Test
    void order_withoutVectors_isTheOrderOfValues() {
        new MarginalRelevance(4).order(VALUES, new float[0], 0, 4, 4, 0.5f, order);
        assertArrayEquals(new int[] {0, 1, 2, 3}, order);
    }

    @Test
    void order_equalValues_keepsEveryItem() {
        new MarginalRelevance(4).order(new float[4], VECTORS, 2, 4, 4, 0.3f, order);
        int[] sorted = order.clone();
        java.util.Arrays.sort(sorted);
        assertArrayEquals(new int[] {0, 1, 2, 3}, sorted);
    }

    private void order(float lambda, int places) {
        new MarginalRelevance(4).order(VALUES, VECTORS, 2, 4, places, lambda, order);
    }
}
