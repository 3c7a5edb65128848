package dev.millrace.storage.tiered;

import dev.millrace.storage.ValueTable;
import dev.millrace.storage.personal.SubjectId;
import org.jspecify.annotations.Nullable;

import java.lang.foreign.MemorySegment;
import java.util.Objects;

/**
 * A table of values of 0 to a limit of bytes, all of them on disk and some in memory. Thread-safe: reads take no lock, writes
 * one.
 *
 * <p>Durability is as in {@link TieredTable}: a write is visible at once and on disk when {@link TieredStore#awaitDurable} returns
 * for the position that it gave.
 */
public final class TieredValueTable implements ValueTable {
    private final TieredTable table;
    private final ValueReads reads;

    TieredValueTable(TieredTable table, TieredTable.Shared shared) {
        this.table = table;
        this.reads = table.valueReads(shared);
    }

    public TableSpec spec() {
        return table.spec();
    }

    @Override
    public int maxValueBytes() {
        return table.spec().rowBytes();
    }

    @Override
    public long size() {
        return table.size();
    }

    /** @throws dev.millrace.model.MillraceException {@code STORAGE_FAILED} where the value is on disk and cannot be read */
    @Override
    public int get(long key, MemorySegment into, long offset) {
        Objects.checkFromToIndex(offset, into.byteSize(), into.byteSize());
        return reads.get(key, into, offset);
    }

    @Override
    public long getBatch(long[] keys, int count, MemorySegment into, long offset, int[] lengths) {
        Objects.checkFromIndexSize(0, count, keys.length);
        Objects.checkFromIndexSize(0, count, lengths.length);
        Objects.checkFromToIndex(offset, into.byteSize(), into.byteSize());
        return reads.getBatch(keys, count, into, offset, lengths);
    }

    @Override
    public long put(long key, MemorySegment from, long offset, int bytes) {
        return putBatch(new long[] {key}, 1, from, offset, new int[] {bytes});
    }

    @Override
    public long put(SubjectId owner, long key, MemorySegment from, long offset, int bytes) {
        return write(isPersonal() ? owner : null, new long[] {key}, 1, from, offset, new int[] {bytes});
    }

    @Override
    public boolean wasOutOfReach() {
        return table.wasOutOfReach();
    }

    @Override
    public boolean isPersonal() {
        return table.spec().personal();
    }

    /** In a personal table, each key is also the person's whose value it is. */
    @Override
    public long putBatch(long[] keys, int count, MemorySegment from, long offset, int[] lengths) {
        return write(null, keys, count, from, offset, lengths);
    }

    /**
     * {@link #putBatch} of values of one person, of a personal table.
     *
     * @throws dev.millrace.model.MillraceException {@code CONFLICT} where the person's key was dropped
     */
    public long putBatch(SubjectId owner, long[] keys, int count, MemorySegment from, long offset, int[] lengths) {
        return write(owner, keys, count, from, offset, lengths);
    }

    private long write(
            @Nullable SubjectId owner, long[] keys, int count, MemorySegment from, long offset, int[] lengths) {
        Objects.checkFromIndexSize(0, count, keys.length);
        Objects.checkFromIndexSize(0, count, lengths.length);
        long end = offset;
        for (int i = 0; i < count; i++) {
            if (lengths[i] < 0 || lengths[i] > maxValueBytes()) {
                throw new IllegalArgumentException("the value of key " + keys[i] + " of table "
                        + table.spec().name() + " has " + lengths[i] + " bytes; it must have 0 to " + maxValueBytes());
            }
            end = offset + ValueTable.aligned(end - offset) + lengths[i];
        }
        Objects.checkFromToIndex(offset, end, from.byteSize());
        return table.write(owner, keys, count, from, offset, lengths);
    }

    @Override
    public boolean remove(long key) {
        return table.remove(key);
    }

    /**
     * Visits the values in no particular order, all of them as they were when it began; writers go on meanwhile.
     *
     * @throws dev.millrace.model.MillraceException {@code CONFLICT} where more than a million keys were changed before their turn
     */
    @Override
    public void forEach(ValueVisitor visitor) {
        table.visit(
                (key, rows, offset, length) -> visitor.visit(key, rows.asSlice(offset, length)),
                TableSnapshot.MOST_CHANGES);
    }

    public TableStat stat() {
        return table.stat();
    }

    /** Tables are closed with their store. */
    @Override
    public void close() {}
}
