package dev.millrace.models;

import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.ByteOrder;
import java.util.Objects;

/** Item vectors in a mapped file of little-endian floats (thread-safe; the mapping lives as long as it is reachable). */
public final class MappedItemVectors implements ItemVectors {
    private static final ValueLayout.OfFloat FLOAT =
            ValueLayout.JAVA_FLOAT_UNALIGNED.withOrder(ByteOrder.LITTLE_ENDIAN);

    private final MemorySegment rows;
    private final int count;
    private final int dimension;

    MappedItemVectors(MemorySegment rows, int count, int dimension) {
        this.rows = rows.asReadOnly();
        this.count = count;
        this.dimension = dimension;
    }

    @Override
    public int count() {
        return count;
    }

    @Override
    public int dimension() {
        return dimension;
    }

    @Override
    public void read(int item, float[] into) {
        Objects.checkIndex(item, count);
        MemorySegment.copy(rows, FLOAT, (long) item * dimension * Float.BYTES, into, 0, dimension);
    }

    /** All rows, read-only: row {@code i} begins at byte {@code i * dimension * 4}. */
    public MemorySegment rows() {
        return rows;
    }
}
