package dev.millrace.index;

import dev.millrace.kernels.TopK;
import dev.millrace.runtime.Deadline;
import org.jspecify.annotations.Nullable;

import java.util.function.IntPredicate;

/** The newest vectors, which are searched by looking at each. One writer; any thread may search what was published. */
final class VectorDelta {
    private static final int DEADLINE_ROWS = 4_096;

    private final VectorRows rows;
    private final int[] ordinals;
    private final int[] sequences;
    private volatile int size;

    VectorDelta(int dimension, int capacity) {
        rows = new VectorRows(dimension, capacity);
        ordinals = new int[capacity];
        sequences = new int[capacity];
    }

    boolean isFull() {
        return size == ordinals.length;
    }

    int size() {
        return size;
    }

    int ordinal(int row) {
        return ordinals[row];
    }

    int sequence(int row) {
        return sequences[row];
    }

    void vector(int row, float[] into) {
        rows.get(row, into);
    }

    void append(int ordinal, int sequence, float[] vector) {
        int row = size;
        rows.set(row, vector);
        ordinals[row] = ordinal;
        sequences[row] = sequence;
        size = row + 1; // publishes the row
    }

    void search(float[] query, VectorLiveness live, @Nullable IntPredicate accept, Deadline deadline, TopK into) {
        int count = size;
        for (int row = 0; row < count; row++) {
            if ((row & (DEADLINE_ROWS - 1)) == DEADLINE_ROWS - 1 && deadline.isExpired()) {
                return;
            }
            int ordinal = ordinals[row];
            if (live.isCurrent(ordinal, sequences[row]) && (accept == null || accept.test(ordinal))) {
                into.offer(ordinal, rows.dot(query, row));
            }
        }
    }
}
