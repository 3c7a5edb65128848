package dev.millrace.benchmarks.store.engine;

import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;

/**
 * Rows of 64 signed bytes and the float that they are multiplied by. Immutable.
 *
 * <p>Each factor is a multiple of 1/1024 of at most 8/1024, so a sum of up to 16,000 rows is exact in a float, whatever the
 * order of summation: a pooled answer is checked to the last bit. The largest byte is 127, so that a store that is given
 * the products as floats, and makes bytes and a factor of them, gets these bytes and this factor again.
 */
public record Int8Rows(long count) implements RowSource {
    public static final int DIMENSIONS = 64;
    public static final int ROW_BYTES = DIMENSIONS + Float.BYTES;

    private static final ValueLayout.OfFloat FLOAT = ValueLayout.JAVA_FLOAT_UNALIGNED;
    private static final float UNIT = 1f / 1024;

    @Override
    public int rowBytes() {
        return ROW_BYTES;
    }

    /** The factor of the row at an offset. */
    public static float factor(MemorySegment rows, long offset) {
        return rows.get(FLOAT, offset + DIMENSIONS);
    }

    @Override
    public void write(long key, long version, MemorySegment into, long offset) {
        for (int d = 0; d < DIMENSIONS; d++) {
            into.set(ValueLayout.JAVA_BYTE, offset + d, value(key, d));
        }
        into.set(FLOAT, offset + DIMENSIONS, units(key) * UNIT);
    }

    @Override
    public boolean isRow(long key, MemorySegment rows, long offset) {
        for (int d = 0; d < DIMENSIONS; d++) {
            if (rows.get(ValueLayout.JAVA_BYTE, offset + d) != value(key, d)) {
                return false;
            }
        }
        return factor(rows, offset) == units(key) * UNIT;
    }

    /** What a pooled read must answer, by whole numbers. */
    public static void expectedSums(long[] keys, int count, float[] sums) {
        for (int d = 0; d < DIMENSIONS; d++) {
            long sum = 0;
            for (int i = 0; i < count; i++) {
                sum += (long) units(keys[i]) * value(keys[i], d);
            }
            sums[d] = sum * UNIT;
        }
    }

    /** The product of a byte and its factor. */
    static float product(long key, int dimension) {
        return units(key) * value(key, dimension) * UNIT;
    }

    private static int units(long key) {
        return 1 + (int) (RowSource.mix(~key) & 7);
    }

    private static byte value(long key, int dimension) {
        int at = dimension & -Long.BYTES;
        byte drawn = (byte) (RowSource.mix(key ^ ((long) at << 56)) >>> ((dimension - at) * Byte.SIZE));
        return dimension == 0 ? Byte.MAX_VALUE : (byte) Math.max(-Byte.MAX_VALUE, drawn);
    }
}
