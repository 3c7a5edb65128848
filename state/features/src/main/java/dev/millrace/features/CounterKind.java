package dev.millrace.features;

import dev.millrace.model.ActionType;
import org.jspecify.annotations.Nullable;

/** What is counted of an item, with the column that keeps it. */
public enum CounterKind {
    IMPRESSION(0),
    CLICK(1),
    LONG_VIEW(2),
    LIKE(3),
    COMPLAINT(4),
    /** Every positive action, whatever its type: what popularity means. */
    POSITIVE(5);

    private final int column;

    CounterKind(int column) {
        this.column = column;
    }

    /** Where the count stands in memory and in snapshots, which must not change with the order of the names. */
    int column() {
        return column;
    }

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
