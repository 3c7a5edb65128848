package dev.millrace.evaluation.rankers;

/** Says the same to everyone: how often each item was chosen. Immutable. */
public final class PopularityRanker implements Ranker {
    private final float[] counts;

    public PopularityRanker(int[][] sequences, int itemCount) {
        counts = new float[itemCount];
        for (int[] sequence : sequences) {
            for (int item : sequence) {
                counts[item]++;
            }
        }
    }

    @Override
    public String name() {
        return "popularity";
    }

    @Override
    public void score(int[] history, int count, float[] scores) {
        System.arraycopy(counts, 0, scores, 0, counts.length);
    }
}
