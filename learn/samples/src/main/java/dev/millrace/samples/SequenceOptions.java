package dev.millrace.samples;

import dev.millrace.features.SequenceRule;
import dev.millrace.model.ActionType;
import dev.millrace.model.InvalidValueException;
import org.jspecify.annotations.Nullable;

import java.time.Instant;
import java.util.EnumSet;
import java.util.Set;

/**
 * What of the log becomes sequences.
 *
 * @param actions the types that count as positive
 * @param minItemCount items with fewer actions than this are left out
 * @param minSequenceLength users with fewer actions than this are left out
 * @param maxSequenceLength the newest actions of a user that are kept
 * @param before only events that happened before this time are looked at; null for all
 */
public record SequenceOptions(
        Set<ActionType> actions,
        int minItemCount,
        int minSequenceLength,
        int maxSequenceLength,
        @Nullable Instant before) {
    public SequenceOptions {
        actions = Set.copyOf(actions);
        if (actions.isEmpty()) {
            throw new InvalidValueException("actions", "is empty; name at least one type of action");
        }
        if (minItemCount < 1 || minSequenceLength < 1 || maxSequenceLength < minSequenceLength) {
            throw new InvalidValueException(
                    "minItemCount, minSequenceLength, maxSequenceLength",
                    "are " + minItemCount + ", " + minSequenceLength + ", " + maxSequenceLength
                            + "; give at least 1 each, and a maximum that is not below the minimum");
        }
    }

    /** Every action that serving keeps in histories, of every user and item. */
    public static SequenceOptions all() {
        Set<ActionType> positive = EnumSet.noneOf(ActionType.class);
        for (ActionType type : ActionType.values()) {
            if (SequenceRule.extendsSequence(type)) {
                positive.add(type);
            }
        }
        return new SequenceOptions(positive, 1, 1, Integer.MAX_VALUE, null);
    }

    public SequenceOptions withActions(Set<ActionType> types) {
        return new SequenceOptions(types, minItemCount, minSequenceLength, maxSequenceLength, before);
    }

    public SequenceOptions withMinItemCount(int count) {
        return new SequenceOptions(actions, count, minSequenceLength, maxSequenceLength, before);
    }

    public SequenceOptions withSequenceLength(int min, int max) {
        return new SequenceOptions(actions, minItemCount, min, max, before);
    }

    /** Sees nothing of what happened at this time or later. */
    public SequenceOptions withBefore(Instant time) {
        return new SequenceOptions(actions, minItemCount, minSequenceLength, maxSequenceLength, time);
    }
}
