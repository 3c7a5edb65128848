package dev.millrace.samples;

import dev.millrace.model.InvalidValueException;
import dev.millrace.model.ItemId;

import java.util.List;

/**
 * What users did in the order they did it: one sequence of vocabulary indexes per user, oldest first.
 *
 * <p>Index {@code k} is {@code vocabulary().get(k)}. Immutable by convention: callers do not change the arrays, which
 * are shared for their size.
 */
public final class SequenceDataset {
    private final List<ItemId> vocabulary;
    private final int[][] sequences;

    public SequenceDataset(List<ItemId> vocabulary, int[][] sequences) {
        this.vocabulary = List.copyOf(vocabulary);
        this.sequences = sequences;
        for (int user = 0; user < sequences.length; user++) {
            requireKnown(user, sequences[user], vocabulary.size());
        }
    }

    public List<ItemId> vocabulary() {
        return vocabulary;
    }

    public int[][] sequences() {
        return sequences;
    }

    public int itemCount() {
        return vocabulary.size();
    }

    public int userCount() {
        return sequences.length;
    }

    /** The number of actions of all users. */
    public long actionCount() {
        long count = 0;
        for (int[] sequence : sequences) {
            count += sequence.length;
        }
        return count;
    }

    private static void requireKnown(int user, int[] sequence, int itemCount) {
        for (int item : sequence) {
            if (item < 0 || item >= itemCount) {
                throw new InvalidValueException(
                        "sequences[" + user + "]", "has item " + item + "; expected 0 to " + (itemCount - 1));
            }
        }
    }
}
