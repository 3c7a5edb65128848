package dev.millrace.training;

import dev.millrace.samples.SequenceDataset;
import org.jspecify.annotations.Nullable;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Random;

/**
 * A dataset divided for learning: each user's last action is kept back for validation, what precedes it is learnt from.
 * Immutable by convention.
 *
 * @param learnt the beginning of each sequence; sequences too short to keep anything back stand whole
 * @param validated sequences whose last item is to be predicted from those before it, in random order
 */
@SuppressWarnings("ArrayRecordComponent") // large, and never compared
record HoldOut(int itemCount, int[][] learnt, int[][] validated) {
    /** Below this a user's last action is learnt from: one action alone teaches nothing about order. */
    private static final int MIN_VALIDATED_LENGTH = 3;

    /** Fewer validated users than this say nothing about a model. */
    private static final int MIN_VALIDATED_USERS = 10;

    private static final int MIN_ITEMS = 2;

    static HoldOut of(SequenceDataset dataset, long seed) {
        List<int[]> learnt = new ArrayList<>();
        List<int[]> validated = new ArrayList<>();
        for (int[] sequence : dataset.sequences()) {
            if (sequence.length >= MIN_VALIDATED_LENGTH) {
                learnt.add(Arrays.copyOf(sequence, sequence.length - 1));
                validated.add(sequence);
            } else if (sequence.length == MIN_VALIDATED_LENGTH - 1) {
                learnt.add(sequence);
            }
        }
        java.util.Collections.shuffle(validated, new Random(seed));
        return new HoldOut(dataset.itemCount(), learnt.toArray(int[][]::new), validated.toArray(int[][]::new));
    }

    /** Why nothing can be learnt from this, or null when something can. */
    @Nullable
    String lack() {
        if (itemCount < MIN_ITEMS) {
            return "the data has " + itemCount + " items; at least " + MIN_ITEMS
                    + " are needed to learn a preference. Import items and events, or wait for more";
        }
        if (validated.length < MIN_VALIDATED_USERS) {
            return validated.length + " users have " + MIN_VALIDATED_LENGTH + " or more positive actions; at least "
                    + MIN_VALIDATED_USERS + " are needed. Import more events, or wait for more";
        }
        return null;
    }

    /** A number that differs, but for chance, when the data differs: a checkpoint belongs to one of them. */
    long fingerprint() {
        long hash = itemCount;
        for (int[] sequence : validated) {
            hash = hash * 0x9E3779B97F4A7C15L + Arrays.hashCode(sequence);
        }
        return hash;
    }
}
