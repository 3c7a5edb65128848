package dev.millrace.training.ranking;

import java.util.Arrays;

/**
 * Collects scores of shown items with what became of them. Owned by one thread.
 *
 * <p>AUC is the share of (clicked, not clicked) pairs in which the clicked one scored higher, equal scores counting one
 * half; GAUC is its mean over users who have both kinds, weighted by their impressions.
 */
public final class ScoringMeter {
    private int[] users = new int[1024];
    private float[] scores = new float[1024];
    private boolean[] clicks = new boolean[1024];
    private int count;

    public void add(int user, float score, boolean clicked) {
        if (count == users.length) {
            users = Arrays.copyOf(users, count * 2);
            scores = Arrays.copyOf(scores, count * 2);
            clicks = Arrays.copyOf(clicks, count * 2);
        }
        users[count] = user;
        scores[count] = score;
        clicks[count++] = clicked;
    }

    /** NaN where no pair exists. */
    public ScoringMetrics metrics() {
        Integer[] all = new Integer[count];
        Arrays.setAll(all, i -> i);
        double auc = auc(all);
        Arrays.sort(all, (a, b) -> Integer.compare(users[a], users[b]));
        double weighted = 0;
        double weight = 0;
        for (int from = 0; from < count; ) {
            int to = from;
            while (to < count && users[all[to]] == users[all[from]]) {
                to++;
            }
            double own = auc(Arrays.copyOfRange(all, from, to));
            if (!Double.isNaN(own)) {
                weighted += own * (to - from);
                weight += to - from;
            }
            from = to;
        }
        return new ScoringMetrics(auc, weight == 0 ? Double.NaN : weighted / weight, count);
    }

    /** By ranks: (rank sum of the clicked − its smallest value) ÷ number of pairs. */
    private double auc(Integer[] rows) {
        Integer[] sorted = rows.clone();
        Arrays.sort(sorted, (a, b) -> Float.compare(scores[a], scores[b]));
        double rankSum = 0;
        long positives = 0;
        for (int from = 0; from < sorted.length; ) {
            int to = from;
            while (to < sorted.length && scores[sorted[to]] == scores[sorted[from]]) {
                to++;
            }
            double sharedRank = (from + 1 + to) / 2.0;
            for (int i = from; i < to; i++) {
                if (clicks[sorted[i]]) {
                    rankSum += sharedRank;
                    positives++;
                }
            }
            from = to;
        }
        long negatives = sorted.length - positives;
        return positives == 0 || negatives == 0
                ? Double.NaN
                : (rankSum - positives * (positives + 1) / 2.0) / ((double) positives * negatives);
    }
}
