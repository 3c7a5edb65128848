package dev.millrace.benchmarks.store.engine;

import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;

/** {@link Int8Rows} multiplied out: 64 floats, which a store may keep as bytes and a factor without any loss. Immutable. */
public record FloatRows(long count) implements RowSource {
    public static final int ROW_BYTES = Int8Rows.DIMENSIONS * Float.BYTES;

    private static final ValueLayout.OfFloat FLOAT = ValueLayout.JAVA_FLOAT_UNALIGNED;

    @Override
    public int rowBytes() {
        return ROW_BYTES;
    }

    @Override
    public void write(long key, long version, MemorySegment into, long offset) {
        for (int d = 0; d < Int8Rows.DIMENSIONS; d++) {
            into.set(FLOAT, offset + (long) d * Float.BYTES, Int8Rows.product(key, d));
        }
    }

    @Override
    public boolean isRow(long key, MemorySegment rows, long offset) {
        for (int d = 0; d < Int8Rows.DIMENSIONS; d++) {
            if (rows.get(FLOAT, offset + (long) d * Float.BYTES) != Int8Rows.product(key, d)) {
                return false;
            }
        }
        return true;
    }
}
