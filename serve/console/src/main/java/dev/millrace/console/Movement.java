package dev.millrace.console;

import java.util.List;

/** How an item's place changed between two slates. Immutable. */
public record Movement(String text, String tone) {
    private static final Movement NONE = new Movement("", "");

    /**
     * @param before the items of the slate before, in order; empty where there was none
     * @param rank the item's place now, from 1
     */
    static Movement of(List<String> before, String item, int rank) {
        if (before.isEmpty()) {
            return NONE;
        }
        int past = before.indexOf(item) + 1;
        if (past == 0) {
            return new Movement("new", "good");
        }
        int up = past - rank;
        return up == 0 ? NONE : new Movement((up > 0 ? "▲ " : "▼ ") + Math.abs(up), up > 0 ? "good" : "warn");
    }
}
