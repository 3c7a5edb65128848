package dev.millrace.training.ridge;

import dev.millrace.kernels.TopK;
import dev.millrace.models.RidgeBundle;
import dev.millrace.models.Vocabulary;

import java.util.Arrays;

/** What is served of a ridge as a source of candidates: of each item's row the strongest positive votes (stateless). */
public final class RidgeVotes {
    /** On MovieLens-1M a user's first 200 answers by these are nearly those of the whole rows. */
    public static final int PER_ITEM = 64;

    private static final int NONE = -1;

    private RidgeVotes() {}

    public static RidgeBundle.Votes of(SequentialRidge ridge, Vocabulary vocabulary, int perItem) {
        int n = ridge.itemCount();
        TopK[] strongest = new TopK[n];
        Arrays.setAll(strongest, _ -> new TopK(perItem).reset(perItem));
        float[] votes = new float[n];
        for (int target = 0; target < n; target++) {
            ridge.votesFor(target, votes);
            for (int item = 0; item < n; item++) {
                if (votes[item] > 0) {
                    strongest[item].offer(target, votes[item]);
                }
            }
        }
        int[] targets = new int[Math.multiplyExact(n, perItem)];
        float[] strengths = new float[targets.length];
        Arrays.fill(targets, NONE);
        int[] keys = new int[perItem];
        float[] scores = new float[perItem];
        for (int item = 0; item < n; item++) {
            int count = strongest[item].drain(keys, scores);
            System.arraycopy(keys, 0, targets, item * perItem, count);
            System.arraycopy(scores, 0, strengths, item * perItem, count);
        }
        return new RidgeBundle.Votes(
                vocabulary, perItem, SequentialRidge.DECAY, SequentialRidge.REACH, targets, strengths);
    }
}
