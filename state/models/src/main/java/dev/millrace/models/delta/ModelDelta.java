package dev.millrace.models.delta;

import java.util.Collections;
import java.util.List;
import java.util.SortedMap;
import java.util.TreeMap;

/**
 * Everything that was learnt since a model's training, as what is added to it: small, whole, and of no use with another
 * model (immutable). It replaces the delta before it; it does not add to it.
 *
 * @param parent the version of the trained model
 * @param sequence counts the deltas of a parent from 1; a server takes none that is not newer than what it has
 * @param cause why it was made
 * @param logOffset the event behind the last one that it was learnt from
 * @param userShift what is added to every user's vector, in the dimension of the parent's; kept, so do not change it
 * @param items the items that changed; all others are as they were trained
 * @param topics what is added to the value of an item of a topic, in nats, by the topic's name
 * @param heads how values become probabilities, and how those of the ranker are corrected
 */
@SuppressWarnings("ArrayRecordComponent") // a view, never compared
public record ModelDelta(
        String parent,
        long sequence,
        Cause cause,
        long logOffset,
        float[] userShift,
        List<ItemChange> items,
        SortedMap<String, Float> topics,
        Heads heads) {
    /** More are refused: a delta is sent and read many times an hour. */
    public static final int MOST_ITEMS = 100_000;

    public static final int MOST_TOPICS = 100_000;
    private static final int MOST_DIMENSIONS = 1_024;

    /** Why a delta was made. */
    public enum Cause {
        /** Learning began on this parent. */
        BEGIN,
        /** Learnt from feedback. */
        LEARNED,
        /** What was learnt made predictions worse, and an earlier state was put back. */
        ROLLED_BACK,
        /** Taken back by an operator. */
        RESET
    }

    /**
     * Numbers that turn values into probabilities, and one per action that corrects the ranker's own.
     *
     * @param ranker whose values they read, by its version; empty for the model's own
     * @param values by name, for learning to go on with; empty where too little was seen for them
     * @param offsets what serving adds to the log-odds that the ranker gives an action, by the action's name; 0 where there is none
     */
    public record Heads(String ranker, SortedMap<String, Double> values, SortedMap<String, Float> offsets) {
        public Heads {
            values = Collections.unmodifiableSortedMap(new TreeMap<>(values));
            offsets = Collections.unmodifiableSortedMap(new TreeMap<>(offsets));
            values.forEach((name, value) -> Finite.require("head " + name, value.floatValue()));
            offsets.forEach((action, offset) -> Finite.require("offset of " + action, offset));
        }

        public static Heads none() {
            return new Heads("", new TreeMap<>(), new TreeMap<>());
        }

        /** The offsets that hold for a ranker: none where they belong to another. */
        public SortedMap<String, Float> offsetsOf(String version) {
            return !version.isEmpty() && version.equals(ranker) ? offsets : Collections.emptySortedMap();
        }

        /** Whether there is neither a value nor an offset. */
        public boolean changesNothing() {
            return values.isEmpty() && offsets.isEmpty();
        }
    }

    public ModelDelta {
        items = List.copyOf(items);
        topics = Collections.unmodifiableSortedMap(new TreeMap<>(topics));
        if (sequence < 1) {
            throw new IllegalArgumentException("sequence is " + sequence + "; give 1 or more");
        }
        requireAtMost("dimension", userShift.length, MOST_DIMENSIONS);
        requireAtMost("number of items", items.size(), MOST_ITEMS);
        requireAtMost("number of topics", topics.size(), MOST_TOPICS);
        for (ItemChange item : items) {
            if (item.shift().length != userShift.length) {
                throw new IllegalArgumentException("the shift of " + item.item() + " has " + item.shift().length
                        + " dimensions, but the users' has " + userShift.length);
            }
        }
        Finite.require("user shift", userShift);
        topics.forEach((topic, bias) -> Finite.require("bias of topic " + topic, bias));
    }

    /** A delta that changes nothing. */
    public static ModelDelta empty(String parent, long sequence, Cause cause, long logOffset, int dimension) {
        return new ModelDelta(
                parent, sequence, cause, logOffset, new float[dimension], List.of(), new TreeMap<>(), Heads.none());
    }

    /** Whether answers are as if it were not there. */
    public boolean changesNothing() {
        for (float shift : userShift) {
            if (shift != 0) {
                return false;
            }
        }
        return items.isEmpty() && topics.isEmpty() && heads.offsets().isEmpty();
    }

    public int dimension() {
        return userShift.length;
    }

    /** How a model with this delta is called in slates and reports: the parent's version, {@code +}, the sequence. */
    public String label() {
        return label(parent, sequence);
    }

    public static String label(String parent, long sequence) {
        return parent + "+" + sequence;
    }

    private static void requireAtMost(String name, int value, int most) {
        if (value > most) {
            throw new IllegalArgumentException(name + " is " + value + "; give at most " + most);
        }
    }
}
