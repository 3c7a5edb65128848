package dev.millrace.features;

import dev.millrace.model.ActionType;
import org.jspecify.annotations.Nullable;

/** What is counted of an item, with the column that keeps it. */
public enum CounterKind {
    IMPRESSION,
    CLICK,
    LONG_VIEW,
    LIKE,
    COMPLAINT,
    /** Every positive action, whatever its type: what popularity means. */
    POSITIVE;

    /** The kind that counts this type alone, or null. */
    static @Nullable CounterKind of(ActionType type) {
        return switch (type) {
            case IMPRESSION -> IMPRESSION;
            case CLICK -> CLICK;
            case LONG_VIEW -> LONG_VIEW;
            case LIKE -> LIKE;
            case COMPLAINT -> COMPLAINT;
            case FOLLOW, COMMENT, SHARE, PURCHASE, RATING -> null;
        };
    }
}
