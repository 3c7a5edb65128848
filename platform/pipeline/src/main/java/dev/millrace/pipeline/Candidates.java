package dev.millrace.pipeline;

import java.util.List;

/**
 * The candidates of one request as a struct of arrays: the first {@link #size()} elements of each column. Owned by the
 * thread that runs the request; branches of a parallel group have no access.
 */
final class Candidates {
    private final int capacity;
    private final Column<?>[] columns;
    private final Object[] arrays;
    private final Object[] scratch;
    private int size;

    Candidates(int capacity, List<Column<?>> columns) {
        this.capacity = capacity;
        this.columns = columns.toArray(Column<?>[]::new);
        arrays = new Object[this.columns.length];
        scratch = new Object[this.columns.length];
        for (int i = 0; i < arrays.length; i++) {
            arrays[i] = this.columns[i].allocate(capacity);
            scratch[i] = this.columns[i].allocate(capacity);
        }
    }

    int capacity() {
        return capacity;
    }

    int size() {
        return size;
    }

    Object array(int column) {
        return arrays[column];
    }

    void resize(int newSize) {
        if (newSize < 0 || newSize > capacity) {
            throw new IllegalArgumentException("size is " + newSize + "; give 0 to " + capacity);
        }
        size = newSize;
    }

    /** Keeps the given rows in the given order, in every column that {@code present} has a bit for. */
    void select(int[] rows, int n, long present) {
        for (int i = 0; i < columns.length; i++) {
            if ((present & (1L << i)) != 0) {
                gather(columns[i], arrays[i], scratch[i], rows, n);
            }
        }
        resize(n);
    }

    @SuppressWarnings("unchecked") // Both arrays were allocated by this very column.
    private static <A> void gather(Column<A> column, Object array, Object scratch, int[] rows, int n) {
        column.gather((A) array, (A) scratch, rows, n);
    }
}
