package dev.millrace.training.ridge;

import static org.junit.jupiter.api.Assertions.assertEquals;

import org.junit.jupiter.api.Test;

import java.util.Random;

class SequentialRidgeTest {
    private static final long SEED = 5;
    private static final int ITEMS = 12;

    @Test
    void fit_randomSequences_solvesTheNormalEquations() {
        int[][] sequences = randomSequences();
        double[][] gram = new double[ITEMS][ITEMS];
        double[][] targets = new double[ITEMS][ITEMS];
        for (int i = 0; i < ITEMS; i++) {
            gram[i][i] = 200;
        }
        for (int[] sequence : sequences) {
            for (int t = 1; t < sequence.length; t++) {
                addPosition(sequence, t, gram, targets);
            }
        }
        try (SequentialRidge ridge = SequentialRidge.fit(sequences, ITEMS)) {
            float[] votes = new float[ITEMS];
            for (int target = 0; target < ITEMS; target++) {
                ridge.votesFor(target, votes);
                for (int row = 0; row < ITEMS; row++) {
                    double left = 0;
                    for (int i = 0; i < ITEMS; i++) {
                        left += gram[row][i] * votes[i];
                    }
                    assertEquals(targets[row][target], left, 1e-2, "seed " + SEED + ", " + row + " → " + target);
                }
            }
        }
    }

    @Test
    void fit_noSequences_votesForNothing() {
        try (SequentialRidge ridge = SequentialRidge.fit(new int[0][], 3)) {
            float[] votes = new float[3];
            ridge.votesFor(1, votes);
            assertEquals(0, votes[0] + votes[1] + votes[2]);
        }
    }

    private static void addPosition(int[] sequence, int t, double[][] gram, double[][] targets) {
        double[] a = new double[ITEMS];
        for (int k = 1; k <= Math.min(20, t); k++) {
            a[sequence[t - k]] += Math.pow(0.8, k - 1);
        }
        for (int i = 0; i < ITEMS; i++) {
            targets[i][sequence[t]] += a[i];
            for (int j = 0; j < ITEMS; j++) {
                gram[i][j] += a[i] * a[j];
            }
        }
    }

    /** With repetitions, also of neighbours, and longer than the reach. */
    private static int[][] randomSequences() {
        Random random = new Random(SEED);
        int[][] sequences = new int[60][];
        for (int user = 0; user < sequences.length; user++) {
            sequences[user] = random.ints(random.nextInt(40), 0, ITEMS).toArray();
        }
        return sequences;
    }
}
