package dev.millrace.evaluation.rankers;

import dev.millrace.training.ridge.SequentialRidge;

import java.util.Arrays;

/** The closed-form sequential ridge: a decayed sum of the rows of the user's newest items. Immutable. */
public final class RidgeRanker implements Ranker {
    private final int itemCount;
    /** Row i: what a history item i says for every target. */
    private final float[][] rows;

    public RidgeRanker(int[][] sequences, int itemCount) {
        this.itemCount = itemCount;
        this.rows = new float[itemCount][itemCount];
        try (SequentialRidge ridge = SequentialRidge.fit(sequences, itemCount)) {
            float[] target = new float[itemCount];
            for (int c = 0; c < itemCount; c++) {
                ridge.votesFor(c, target);
                for (int i = 0; i < itemCount; i++) {
                    rows[i][c] = target[i];
                }
            }
        }
    }

    @Override
    public String name() {
        return "sequential-ridge";
    }

    @Override
    public void score(int[] history, int count, float[] scores) {
        Arrays.fill(scores, 0, itemCount, 0);
        for (int age = 0; age < Math.min(SequentialRidge.REACH, count); age++) {
            float weight = SequentialRidge.weightOfAge(age);
            float[] row = rows[history[count - 1 - age]];
            for (int c = 0; c < itemCount; c++) {
                scores[c] += weight * row[c];
            }
        }
    }
}
