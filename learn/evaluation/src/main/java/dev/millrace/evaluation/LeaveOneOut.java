package dev.millrace.evaluation;

import dev.millrace.evaluation.rankers.Ranker;
import dev.millrace.samples.SequenceDataset;
import dev.millrace.training.TargetRank;

import java.util.Arrays;

/**
 * The protocol for sequences: each user's last action is the test, everything before it is known, and the whole
 * catalogue is ranked with the user's earlier items left out. Immutable by convention.
 */
public final class LeaveOneOut {
    public static final String PROTOCOL =
            "leave-one-out: the last action of each user is ranked against the full catalogue, seen items excluded, no"
                    + " sampled negatives; popularity and item-to-item count all actions but the last; ridge and model"
                    + " learn without the last two, and the model keeps the best weights by the second-last";

    private static final int MIN_LENGTH = 2;

    private final SequenceDataset dataset;

    public LeaveOneOut(SequenceDataset dataset) {
        this.dataset = dataset;
    }

    /** The sequences without their test items: what a trainer may see, which keeps its own validation back. */
    public SequenceDataset forTraining() {
        return new SequenceDataset(dataset.vocabulary(), shortened(1));
    }

    /** The sequences without test and validation items: what the trainer learns from. */
    public int[][] forFitting() {
        return shortened(2);
    }

    /** What is known when the test items are asked for, of users who have anything. */
    int[][] histories() {
        return Arrays.stream(forTraining().sequences())
                .filter(history -> history.length > 0)
                .toArray(int[][]::new);
    }

    public RankingMetrics measure(Ranker ranker) {
        RankingMeter meter = new RankingMeter();
        float[] scores = new float[dataset.itemCount()];
        for (int[] sequence : dataset.sequences()) {
            int known = sequence.length - 1;
            if (sequence.length >= MIN_LENGTH) {
                ranker.score(sequence, known, scores);
                meter.add(TargetRank.of(scores, 0, scores.length, sequence, known, sequence[known]));
            }
        }
        return meter.metrics();
    }

    private int[][] shortened(int by) {
        int[][] shorter = new int[dataset.userCount()][];
        for (int user = 0; user < shorter.length; user++) {
            int[] sequence = dataset.sequences()[user];
            shorter[user] = Arrays.copyOf(sequence, Math.max(0, sequence.length - by));
        }
        return shorter;
    }
}
