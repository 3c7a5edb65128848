package dev.millrace.storage;

import dev.millrace.model.ErrorCode;
import dev.millrace.model.MillraceException;
import org.jspecify.annotations.Nullable;

import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.util.Objects;
import java.util.concurrent.ConcurrentHashMap;

/** Values as arrays in a map on the heap: the plain table that the others are compared with. Thread-safe. */
public final class MemoryValueTable implements ValueTable {
    private final int maxValueBytes;
    private final long maxRows;
    private final ConcurrentHashMap<Long, byte[]> values = new ConcurrentHashMap<>();

    /** @param maxRows the limit beyond which a value under another key is refused */
    public MemoryValueTable(int maxValueBytes, long maxRows) {
        if (maxValueBytes < 1 || maxRows < 1) {
            throw new IllegalArgumentException(
                    "maxValueBytes " + maxValueBytes + " and maxRows " + maxRows + " must be at least 1");
        }
        this.maxValueBytes = maxValueBytes;
        this.maxRows = maxRows;
    }

    @Override
    public int maxValueBytes() {
        return maxValueBytes;
    }

    @Override
    public long size() {
        return values.mappingCount();
    }

    @Override
    public int get(long key, MemorySegment into, long offset) {
        byte[] value = values.get(key);
        return value == null ? NONE : give(key, value, into, offset);
    }

    private static int give(long key, byte[] value, MemorySegment into, long offset) {
        if (value.length > into.byteSize() - offset) {
            throw new IllegalArgumentException("the value of key " + key + " has " + value.length
                    + " bytes, and there is room for " + (into.byteSize() - offset));
        }
        MemorySegment.copy(value, 0, into, ValueLayout.JAVA_BYTE, offset, value.length);
        return value.length;
    }

    @Override
    public long getBatch(long[] keys, int count, MemorySegment into, long offset, int[] lengths) {
        long end = offset;
        for (int i = 0; i < count; i++) {
            long at = offset + ValueTable.aligned(end - offset);
            lengths[i] = get(keys[i], into, at);
            end = lengths[i] < 0 ? end : at + lengths[i];
        }
        return end;
    }

    @Override
    public long put(long key, MemorySegment from, long offset, int bytes) {
        if (bytes < 0 || bytes > maxValueBytes) {
            throw new IllegalArgumentException(
                    "the value of key " + key + " has " + bytes + " bytes; it must have 0 to " + maxValueBytes);
        }
        Objects.checkFromIndexSize(offset, bytes, from.byteSize());
        byte[] value = from.asSlice(offset, bytes).toArray(ValueLayout.JAVA_BYTE);
        values.compute(key, (k, old) -> replaced(old, value));
        return 0;
    }

    private byte[] replaced(byte @Nullable [] old, byte[] value) {
        if (old == null && values.mappingCount() >= maxRows) {
            throw new MillraceException(
                    ErrorCode.STORAGE_FAILED, "the table holds its limit of " + maxRows + " values; raise the limit");
        }
        return value;
    }

    @Override
    public long putBatch(long[] keys, int count, MemorySegment from, long offset, int[] lengths) {
        long at = offset;
        for (int i = 0; i < count; i++) {
            long ignored = put(keys[i], from, at, lengths[i]);
            at += ValueTable.aligned(lengths[i]);
        }
        return 0;
    }

    @Override
    public boolean remove(long key) {
        return values.remove(key) != null;
    }

    @Override
    public void forEach(ValueVisitor visitor) {
        values.forEach((key, value) -> visitor.visit(key, MemorySegment.ofArray(value)));
    }

    @Override
    public void close() {
        values.clear();
    }
}
