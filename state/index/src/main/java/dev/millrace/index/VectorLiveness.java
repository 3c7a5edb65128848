package dev.millrace.index;

import java.util.Arrays;

/**
 * Which of the vectors that an item has had is the one that counts: every vector added gets a sequence number, and an
 * item's newest number is kept here, 0 for none. One writer; readers see what was published before they began.
 */
final class VectorLiveness {
    private volatile int[] current = new int[1_024];
    private volatile int size;

    boolean isCurrent(int ordinal, int sequence) {
        int[] seen = current;
        return ordinal < seen.length && seen[ordinal] == sequence;
    }

    boolean contains(int ordinal) {
        int[] seen = current;
        return ordinal >= 0 && ordinal < seen.length && seen[ordinal] != 0;
    }

    int size() {
        return size;
    }

    /** Makes a vector the one that counts; 0 removes the item. Returns the number that counted before. */
    int set(int ordinal, int sequence) {
        int[] seen = current;
        if (ordinal >= seen.length) {
            seen = Arrays.copyOf(seen, Math.max(ordinal + 1, seen.length + (seen.length >> 1)));
        }
        int before = seen[ordinal];
        seen[ordinal] = sequence;
        current = seen; // publishes the number
        int known = size;
        size = known + (sequence != 0 ? 1 : 0) - (before != 0 ? 1 : 0);
        return before;
    }
}
