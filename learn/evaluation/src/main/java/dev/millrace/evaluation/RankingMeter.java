package dev.millrace.evaluation;

import dev.millrace.training.TargetRank;

/** Adds up the places of right items into {@link RankingMetrics}. Owned by one thread. */
public final class RankingMeter {
    private static final int[] DEPTHS = {1, 10, 50, 200};

    private final double[] hits = new double[DEPTHS.length];
    private final double[] gains = new double[DEPTHS.length];
    private long cases;

    /** @param rank 0 for the first place */
    public void add(int rank) {
        cases++;
        for (int i = 0; i < DEPTHS.length; i++) {
            hits[i] += rank < DEPTHS[i] ? 1 : 0;
            gains[i] += TargetRank.gain(rank, DEPTHS[i]);
        }
    }

    /** The means so far; all 0 when nothing was added. */
    public RankingMetrics metrics() {
        double n = Math.max(1, cases);
        return new RankingMetrics(
                cases, hits[0] / n, hits[1] / n, gains[1] / n, hits[2] / n, gains[2] / n, hits[3] / n, gains[3] / n);
    }
}
