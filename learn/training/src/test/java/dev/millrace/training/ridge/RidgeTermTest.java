package dev.millrace.training.ridge;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import org.junit.jupiter.api.Test;

import java.util.Random;

class RidgeTermTest {
    private static final long SEED = 4;
    private static final int ITEMS = 30;

    @Test
    void of_fullRank_scoresAsTheRidge() {
        int[][] sequences = sequences();
        try (SequentialRidge ridge = SequentialRidge.fit(sequences, ITEMS)) {
            RidgeTerm term = RidgeTerm.of(ridge, 100, SEED);
            assertEquals(ITEMS, term.rank());
            assertEquals(0, squaredError(ridge, term, sequences), 1e-6, "seed " + SEED);
        }
    }

    @Test
    void of_lowRank_losesLessTheHigherItIs() {
        int[][] sequences = sequences();
        try (SequentialRidge ridge = SequentialRidge.fit(sequences, ITEMS)) {
            double four = squaredError(ridge, RidgeTerm.of(ridge, 4, SEED), sequences);
            double twelve = squaredError(ridge, RidgeTerm.of(ridge, 12, SEED), sequences);
            double nothing = squaredError(ridge, new RidgeTerm(1, new float[ITEMS], new float[ITEMS]), sequences);
            assertTrue(twelve < 0.8 * four && four < 0.9 * nothing, twelve + ", " + four + ", " + nothing);
        }
    }

    /** Between the scores of both, over all positions of the data. */
    private static double squaredError(SequentialRidge ridge, RidgeTerm term, int[][] sequences) {
        double error = 0;
        float[] said = new float[term.rank()];
        float[] votes = new float[ITEMS];
        for (int[] sequence : sequences) {
            term.sum(sequence, sequence.length, said, 0);
            for (int target = 0; target < ITEMS; target++) {
                ridge.votesFor(target, votes);
                double score = 0;
                for (int age = 0; age < Math.min(SequentialRidge.REACH, sequence.length); age++) {
                    score += SequentialRidge.weightOfAge(age) * votes[sequence[sequence.length - 1 - age]];
                }
                for (int i = 0; i < term.rank(); i++) {
                    score -= said[i] * term.answers()[target * term.rank() + i];
                }
                error += score * score;
            }
        }
        return error;
    }

    private static int[][] sequences() {
        Random random = new Random(SEED);
        int[][] sequences = new int[200][];
        for (int user = 0; user < sequences.length; user++) {
            sequences[user] = new int[5 + random.nextInt(30)];
            int item = random.nextInt(ITEMS);
            for (int i = 0; i < sequences[user].length; i++) {
                sequences[user][i] = item;
                item = random.nextInt(3) == 0 ? random.nextInt(ITEMS) : (item * 7 + 3) % ITEMS;
            }
        }
        return sequences;
    }
}
