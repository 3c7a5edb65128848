package dev.millrace.features.columns;

import java.lang.invoke.MethodHandles;
import java.lang.invoke.VarHandle;
import java.util.Arrays;

/**
 * A growing array of rows of a fixed number of longs.
 *
 * <p>One writer; any thread reads without a lock. A single long is never torn. A row of several longs that must agree
 * keeps a stamp in its column 0 (a sequence lock): odd while the writer is inside, and a reader that saw it change
 * reads again. The writer is inside for some stores only, so a reader does not wait for anything that can block.
 */
public final class LongRows {
    private static final VarHandle LONGS = MethodHandles.arrayElementVarHandle(long[].class);
    private static final int CHUNK_BITS = 12;
    private static final int CHUNK_ROWS = 1 << CHUNK_BITS;
    private static final int ROW_MASK = CHUNK_ROWS - 1;
    private static final int STAMP = 0;

    private final int width;
    private volatile long[][] chunks = new long[0][];

    public LongRows(int width) {
        this.width = width;
    }

    /** Makes rows 0 to {@code rows - 1} exist, new ones zero. Writer only; call it before an index of a new row is published. */
    public void ensure(int rows) {
        long[][] present = chunks;
        int wanted = (rows + ROW_MASK) >>> CHUNK_BITS;
        if (wanted <= present.length) {
            return;
        }
        long[][] grown = Arrays.copyOf(present, wanted);
        for (int i = present.length; i < wanted; i++) {
            grown[i] = new long[CHUNK_ROWS * width];
        }
        chunks = grown;
    }

    public long get(int row, int column) {
        return (long) LONGS.getOpaque(chunks[row >>> CHUNK_BITS], offset(row, column));
    }

    /** Writer only. */
    public void set(int row, int column, long value) {
        LONGS.setOpaque(chunks[row >>> CHUNK_BITS], offset(row, column), value);
    }

    public long getAcquire(int row, int column) {
        return (long) LONGS.getAcquire(chunks[row >>> CHUNK_BITS], offset(row, column));
    }

    /** Writer only; everything written before is visible to whoever reads this value with acquire. */
    public void setRelease(int row, int column, long value) {
        LONGS.setRelease(chunks[row >>> CHUNK_BITS], offset(row, column), value);
    }

    /** Begins a stamped write of a row. Writer only. */
    public void beginWrite(int row) {
        set(row, STAMP, get(row, STAMP) + 1);
        VarHandle.storeStoreFence();
    }

    /** Ends a stamped write of a row. Writer only. */
    public void endWrite(int row) {
        setRelease(row, STAMP, get(row, STAMP) + 1);
    }

    /** The stamp to give to {@link #isUnchanged}. */
    public long beginRead(int row) {
        long stamp = getAcquire(row, STAMP);
        while ((stamp & 1) != 0) {
            Thread.onSpinWait();
            stamp = getAcquire(row, STAMP);
        }
        return stamp;
    }

    /** Whether what was read since the stamp belongs together. */
    public boolean isUnchanged(int row, long stamp) {
        VarHandle.loadLoadFence();
        return get(row, STAMP) == stamp;
    }

    private int offset(int row, int column) {
        return (row & ROW_MASK) * width + column;
    }
}
