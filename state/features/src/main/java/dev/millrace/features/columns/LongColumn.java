package dev.millrace.features.columns;

import java.lang.invoke.MethodHandles;
import java.lang.invoke.VarHandle;
import java.util.Arrays;

/** A growing array of longs. One writer; any thread reads without a lock, and no long is ever torn. */
public final class LongColumn {
    private static final VarHandle LONGS = MethodHandles.arrayElementVarHandle(long[].class);
    private static final int CHUNK_BITS = 12;
    private static final int CHUNK_ROWS = 1 << CHUNK_BITS;
    private static final int ROW_MASK = CHUNK_ROWS - 1;

    private volatile long[][] chunks = new long[0][];

    /** Makes rows 0 to {@code rows - 1} exist, new ones zero. Writer only; call it before an index of a new row is published. */
    public void ensure(int rows) {
        long[][] present = chunks;
        int wanted = (rows + ROW_MASK) >>> CHUNK_BITS;
        if (wanted <= present.length) {
            return;
        }
        long[][] grown = Arrays.copyOf(present, wanted);
        for (int i = present.length; i < wanted; i++) {
            grown[i] = new long[CHUNK_ROWS];
        }
        chunks = grown;
    }

    public long get(int row) {
        return (long) LONGS.getOpaque(chunks[row >>> CHUNK_BITS], row & ROW_MASK);
    }

    /** Writer only. */
    public void set(int row, long value) {
        LONGS.setOpaque(chunks[row >>> CHUNK_BITS], row & ROW_MASK, value);
    }

    public long getAcquire(int row) {
        return (long) LONGS.getAcquire(chunks[row >>> CHUNK_BITS], row & ROW_MASK);
    }

    /** Writer only; everything written before is visible to whoever reads this value with acquire. */
    public void setRelease(int row, long value) {
        LONGS.setRelease(chunks[row >>> CHUNK_BITS], row & ROW_MASK, value);
    }
}
