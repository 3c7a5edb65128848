package dev.millrace.models;

import java.lang.foreign.MemorySegment;
import java.util.Objects;

/** Item vectors in a mapped file (thread-safe; the mapping lives as long as it is reachable). */
public final class MappedItemVectors implements ItemVectors {
    private final MemorySegment rows;
    private final int count;
    private final int dimension;
    private final VectorEncoding encoding;

    MappedItemVectors(MemorySegment rows, int count, int dimension, VectorEncoding encoding) {
        this.encoding = encoding;
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
        encoding.read(rows, item, into, dimension);
    }

    @Override
    public VectorEncoding encoding() {
        return encoding;
    }
}
