package dev.millrace.evaluation.compress;

import dev.millrace.models.Vocabulary;
import dev.millrace.samples.SequenceDataset;

/** How often the items of a model were met (stateless). */
public final class ItemCounts {
    private ItemCounts() {}

    /** By the number of the vocabulary; each user's last action, by which the model will be judged, is left out. */
    public static long[] of(Vocabulary vocabulary, SequenceDataset data) {
        long[] counts = new long[vocabulary.size()];
        for (int[] sequence : data.sequences()) {
            for (int i = 0; i < sequence.length - 1; i++) {
                int item = vocabulary.index(data.vocabulary().get(sequence[i]));
                if (item >= 0) {
                    counts[item]++;
                }
            }
        }
        return counts;
    }
}
