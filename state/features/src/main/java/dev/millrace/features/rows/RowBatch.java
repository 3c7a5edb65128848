package dev.millrace.features.rows;

import java.lang.foreign.MemorySegment;

/** Rows that were read together, each whole; reused. Owned by one thread at a time. */
public final class RowBatch {
    private static final int FIRST_ROWS = 64;

    private int longs = 1;
    private int count;
    private boolean late;
    private long[] keys = new long[FIRST_ROWS];
    private boolean[] found = new boolean[FIRST_ROWS];
    private long[] rows = {};
    private MemorySegment memory = MemorySegment.ofArray(rows);

    /** A long of the i-th row that was asked for; 0 where there is no such row. */
    public long get(int i, int column) {
        return rows[i * longs + column];
    }

    /** Whether these are the ordinals whose rows were read last. */
    public boolean isOf(int[] ordinals, int n) {
        if (n != count) {
            return false;
        }
        for (int i = 0; i < n; i++) {
            if (keys[i] != ordinals[i]) {
                return false;
            }
        }
        return true;
    }

    /** Whether one of the rows is zeros only because a tier of the store did not give it in time. */
    public boolean isLate() {
        return late;
    }

    void late(boolean isSo) {
        late = isSo;
    }

    void prepare(int[] ordinals, int n, int longsPerRow) {
        longs = longsPerRow;
        count = n;
        if (keys.length < n) {
            keys = new long[n];
            found = new boolean[n];
        }
        if (rows.length < n * longs) {
            rows = new long[Math.max(n, FIRST_ROWS) * longs];
            memory = MemorySegment.ofArray(rows);
        }
        for (int i = 0; i < n; i++) {
            keys[i] = ordinals[i];
        }
    }

    long[] keys() {
        return keys;
    }

    boolean[] found() {
        return found;
    }

    MemorySegment memory() {
        return memory;
    }
}
