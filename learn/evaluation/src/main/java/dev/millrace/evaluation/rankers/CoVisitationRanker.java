package dev.millrace.evaluation.rankers;

import java.util.Arrays;

/**
 * Item-to-item: an item scores the summed similarity to the user's newest items. Immutable.
 *
 * <p>The similarity of two items is the cosine of their co-visitation: how often one followed the other within a few
 * actions, over the square root of the product of their counts. Each item keeps its nearest neighbours only, so the
 * memory is items × neighbours. Rare pairs are damped by {@link #SMOOTHING}.
 */
public final class CoVisitationRanker implements Ranker {
    private static final int REACH = 3;
    private static final int NEIGHBOURS = 300;
    private static final int NEWEST = 10;

    /** Weight of the second-newest item against the newest, and so on. */
    private static final float AGE_DECAY = 0.8f;

    /** Added to both items' counts, so that two items seen once, together, are no perfect pair. */
    private static final float SMOOTHING = 20;

    private final int[][] neighbours;
    private final float[][] similarities;

    public CoVisitationRanker(int[][] sequences, int itemCount) {
        neighbours = new int[itemCount][];
        similarities = new float[itemCount][];
        Occurrences occurrences = new Occurrences(sequences, itemCount);
        float[] together = new float[itemCount];
        int[] touched = new int[itemCount];
        for (int item = 0; item < itemCount; item++) {
            int count = collect(sequences, occurrences, item, together, touched);
            keepNearest(occurrences, item, together, touched, count);
        }
    }

    @Override
    public String name() {
        return "item-to-item";
    }

    @Override
    public void score(int[] history, int count, float[] scores) {
        Arrays.fill(scores, 0);
        float weight = 1;
        for (int i = count - 1; i >= Math.max(0, count - NEWEST); i--, weight *= AGE_DECAY) {
            int[] near = neighbours[history[i]];
            float[] similarity = similarities[history[i]];
            for (int n = 0; n < near.length; n++) {
                scores[near[n]] += weight * similarity[n];
            }
        }
    }

    /** Counts what stands after each occurrence of an item; returns how many items were touched. */
    private static int collect(int[][] sequences, Occurrences occurrences, int item, float[] together, int[] touched) {
        int count = 0;
        for (int o = occurrences.start(item); o < occurrences.start(item + 1); o++) {
            int[] sequence = sequences[occurrences.user(o)];
            int at = occurrences.position(o);
            for (int i = at + 1; i <= Math.min(sequence.length - 1, at + REACH); i++) {
                if (sequence[i] != item) {
                    if (together[sequence[i]] == 0) {
                        touched[count++] = sequence[i];
                    }
                    together[sequence[i]]++;
                }
            }
        }
        return count;
    }

    private void keepNearest(Occurrences occurrences, int item, float[] together, int[] touched, int count) {
        double own = occurrences.count(item) + SMOOTHING;
        // The similarity's bits order like its value, since it is positive: sort similarity and item as one number.
        long[] ordered = new long[count];
        for (int i = 0; i < count; i++) {
            int other = touched[i];
            float similarity = (float) (together[other] / Math.sqrt(own * (occurrences.count(other) + SMOOTHING)));
            ordered[i] = (long) Float.floatToIntBits(similarity) << 32 | other;
            together[other] = 0;
        }
        Arrays.sort(ordered);
        int kept = Math.min(NEIGHBOURS, count);
        neighbours[item] = new int[kept];
        similarities[item] = new float[kept];
        for (int i = 0; i < kept; i++) {
            long best = ordered[count - 1 - i];
            neighbours[item][i] = (int) best;
            similarities[item][i] = Float.intBitsToFloat((int) (best >>> 32));
        }
    }
}
