package dev.millrace.evaluation.rankers;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;

import org.junit.jupiter.api.Test;

class CoVisitationRankerTest {
    @Test
    void score_workedByHand_agrees() {
        // Item 0 is followed by 1 twice (within three actions) and by 2 once; counts are 2, 2, 1, each plus 20.
        CoVisitationRanker ranker = new CoVisitationRanker(new int[][] {{0, 1}, {0, 2, 1}}, 3);
        float[] scores = new float[3];
        ranker.score(new int[] {0}, 1, scores);
        assertEquals(0, scores[0]);
        assertEquals(2 / 22f, scores[1], 1e-6f);
        assertEquals(1 / Math.sqrt(22 * 21), scores[2], 1e-6);
    }

    @Test
    void score_olderItems_speakLess() {
        CoVisitationRanker ranker = new CoVisitationRanker(new int[][] {{0, 1}, {0, 2, 1}}, 3);
        float[] newest = new float[3];
        float[] older = new float[3];
        ranker.score(new int[] {0}, 1, newest);
        ranker.score(new int[] {0, 1}, 2, older);
        assertEquals(0.8f * newest[2], older[2], 1e-6f);
    }

    @Test
    void score_noHistory_isZero() {
        float[] scores = {1, 1};
        new CoVisitationRanker(new int[][] {{0, 1}}, 2).score(new int[0], 0, scores);
        assertArrayEquals(new float[2], scores);
    }
}
