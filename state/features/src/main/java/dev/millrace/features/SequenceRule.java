package dev.millrace.features;

import dev.millrace.model.ActionType;

/** What a user's sequence is, for the state that serves and for the samples that train: one rule, so that both see the same. */
public final class SequenceRule {
    private SequenceRule() {}

    /** Whether an action of this type belongs to the sequence. */
    public static boolean extendsSequence(ActionType type) {
        return type.isPositive();
    }

    /** Whether an action is the same interest as the entry before it (a click, then a like of the same item) and takes its place. */
    public static boolean replacesNewest(int newestItem, int item) {
        return newestItem == item;
    }
}
