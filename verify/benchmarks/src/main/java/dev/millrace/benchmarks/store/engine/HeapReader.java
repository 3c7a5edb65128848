package dev.millrace.benchmarks.store.engine;

import dev.millrace.kernels.VectorMath;
import org.jspecify.annotations.Nullable;

import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.util.Arrays;

/**
 * Reads a map whose values are arrays: first all arrays, then their bytes, so that the misses of a batch overlap as in any
 * other store here. Owned by one thread.
 */
public abstract class HeapReader implements StoreReader {
    private static final ValueLayout.OfFloat FLOAT = ValueLayout.JAVA_FLOAT_UNALIGNED;

    private final int rowBytes;
    private byte[] @Nullable [] values = new byte[0][];

    protected HeapReader(int rowBytes) {
        this.rowBytes = rowBytes;
    }

    protected abstract byte @Nullable [] find(long key);

    @Override
    public final int multiGet(long[] keys, int count, MemorySegment into) {
        byte[] @Nullable [] found = findAll(keys, count);
        int hits = 0;
        for (int i = 0; i < count; i++) {
            byte[] value = found[i];
            if (value == null) {
                into.asSlice((long) i * rowBytes, rowBytes).fill((byte) 0);
            } else {
                MemorySegment.copy(value, 0, into, ValueLayout.JAVA_BYTE, (long) i * rowBytes, rowBytes);
                hits++;
            }
        }
        return hits;
    }

    @Override
    public final void multiGetPooled(long[] keys, int count, float[] sums) {
        byte[] @Nullable [] found = findAll(keys, count);
        Arrays.fill(sums, 0);
        for (int i = 0; i < count; i++) {
            byte[] value = found[i];
            if (value != null) {
                float factor = MemorySegment.ofArray(value).get(FLOAT, Int8Rows.DIMENSIONS);
                VectorMath.axpy(factor, value, 0, sums, Int8Rows.DIMENSIONS);
            }
        }
    }

    private byte[] @Nullable [] findAll(long[] keys, int count) {
        if (values.length < count) {
            values = new byte[count][];
        }
        for (int i = 0; i < count; i++) {
            values[i] = find(keys[i]);
        }
        return values;
    }
}
