package dev.millrace.inference;

import dev.millrace.storage.FoundRows;
import dev.millrace.storage.RowMatrix;
import dev.millrace.storage.RowTable;

import java.lang.foreign.MemorySegment;
import java.util.Objects;

/**
 * A table whose matrix says other things of itself than are so.
 *
 * @param slots how many it says that there are
 * @param isRestless whether rows are never where they were found
 */
record DisguisedRows(RowTable rows, int slots, boolean isRestless) implements RowTable {
    static RowTable restless(RowTable rows) {
        return new DisguisedRows(rows, matrix(rows).slots(), true);
    }

    static RowTable withSlots(RowTable rows, int slots) {
        return new DisguisedRows(rows, slots, false);
    }

    private static RowMatrix matrix(RowTable rows) {
        return Objects.requireNonNull(rows.matrix());
    }

    @Override
    public RowMatrix matrix() {
        RowMatrix matrix = matrix(rows);
        return new RowMatrix() {
            @Override
            public MemorySegment memory() {
                return matrix.memory();
            }

            @Override
            public int slots() {
                return slots;
            }

            @Override
            public int pitch() {
                return matrix.pitch();
            }

            @Override
            public int find(long[] keys, int count, FoundRows found) {
                return matrix.find(keys, count, found);
            }

            @Override
            public boolean areUnchanged(FoundRows found) {
                return !isRestless && matrix.areUnchanged(found);
            }
        };
    }

    @Override
    public int rowBytes() {
        return rows.rowBytes();
    }

    @Override
    public long size() {
        return rows.size();
    }

    @Override
    public boolean get(long key, MemorySegment into, long offset) {
        return rows.get(key, into, offset);
    }

    @Override
    public int getBatch(long[] keys, int count, MemorySegment into, long offset, boolean[] found) {
        return rows.getBatch(keys, count, into, offset, found);
    }

    @Override
    public void put(long key, MemorySegment from, long offset) {
        rows.put(key, from, offset);
    }

    @Override
    public boolean remove(long key) {
        return rows.remove(key);
    }

    @Override
    public void forEach(RowVisitor visitor) {
        rows.forEach(visitor);
    }

    @Override
    public void close() {}
}
