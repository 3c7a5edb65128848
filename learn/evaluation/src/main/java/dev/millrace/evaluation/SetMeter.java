package dev.millrace.evaluation;

import dev.millrace.training.TargetRank;

import java.util.Arrays;

/** Adds up the places of several right items per case into {@link SetMetrics}. Owned by one thread. */
public final class SetMeter {
    private long cases;
    private double ndcg10;
    private double recall20;
    private double recall50;
    private double ndcg100;

    /**
     * @param scores of all items; those of the history are overwritten
     * @param targets at least one, none of them twice
     */
    public void add(float[] scores, int[] history, int count, int[] targets) {
        int[] ranks = new int[targets.length];
        for (int i = 0; i < targets.length; i++) {
            ranks[i] = TargetRank.of(scores, 0, scores.length, history, count, targets[i]);
        }
        cases++;
        ndcg10 += ndcg(ranks, 10);
        recall20 += recall(ranks, 20);
        recall50 += recall(ranks, 50);
        ndcg100 += ndcg(ranks, 100);
    }

    /** The means so far; all 0 when nothing was added. */
    public SetMetrics metrics() {
        double n = Math.max(1, cases);
        return new SetMetrics(cases, ndcg10 / n, recall20 / n, recall50 / n, ndcg100 / n);
    }

    private static double ndcg(int[] ranks, int depth) {
        double gained = Arrays.stream(ranks)
                .mapToDouble(rank -> TargetRank.gain(rank, depth))
                .sum();
        double best = 0;
        for (int place = 0; place < Math.min(depth, ranks.length); place++) {
            best += TargetRank.gain(place, depth);
        }
        return gained / best;
    }

    private static double recall(int[] ranks, int depth) {
        return Arrays.stream(ranks).filter(rank -> rank < depth).count() / (double) Math.min(depth, ranks.length);
    }
}
