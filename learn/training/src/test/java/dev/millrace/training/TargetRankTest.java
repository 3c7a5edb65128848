package dev.millrace.training;

import static org.junit.jupiter.api.Assertions.assertEquals;

import org.junit.jupiter.api.Test;

class TargetRankTest {
    private static final int[] NO_HISTORY = {};

    @Test
    void of_distinctScores_countsTheBetterOnes() {
        assertEquals(2, TargetRank.of(new float[] {5, 4, 3, 2, 1}, 0, 5, NO_HISTORY, 0, 2));
    }

    @Test
    void of_seenItems_areLeftOut() {
        assertEquals(1, TargetRank.of(new float[] {5, 4, 3, 2, 1}, 0, 5, new int[] {0, 4}, 2, 2));
    }

    @Test
    void of_targetInHistory_isRankedAllTheSame() {
        assertEquals(1, TargetRank.of(new float[] {5, 4, 3, 2, 1}, 0, 5, new int[] {0, 2}, 2, 2));
    }

    @Test
    void of_equalScores_earnsNothingBeyondItsPlace() {
        assertEquals(3, TargetRank.of(new float[] {1, 1, 1, 1, 1}, 0, 5, NO_HISTORY, 0, 3));
    }

    @Test
    void of_notANumber_isLast() {
        assertEquals(3, TargetRank.of(new float[] {1, Float.NaN, 1}, 0, 3, NO_HISTORY, 0, 1));
    }

    @Test
    void of_secondRow_readsBehindTheOffset() {
        assertEquals(0, TargetRank.of(new float[] {9, 9, 1, 2}, 2, 2, NO_HISTORY, 0, 1));
    }

    @Test
    void gain_places_areDiscountedByTheLogarithm() {
        assertEquals(1, TargetRank.gain(0, 10), 1e-12);
        assertEquals(0.5, TargetRank.gain(2, 10), 1e-12);
        assertEquals(0, TargetRank.gain(10, 10), 1e-12);
    }
}
