package dev.millrace.storage;

import dev.millrace.kernels.LargeMemory;
import dev.millrace.model.ErrorCode;
import dev.millrace.model.MillraceException;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.lang.invoke.VarHandle;
import java.util.Arrays;
import java.util.Objects;

/**
 * A row table in memory outside the heap. One thread writes, any number read without locks.
 *
 * <p>Idea: a row is never changed where it lies. A write fills a free slot and then swings the key's index entry to it;
 * the old slot is free for a later write. A reader notes the entry, copies the row and looks at the entry again: the
 * same entry means that the slot was not free meanwhile, so the copy is whole; another entry means: read again. Each
 * change has its own number, so an entry never comes back. When the index grows, readers start again in the new one.
 *
 * <p>A batch works in phases over all keys (index lines, entries, row lines, copies, second look), because the loads of
 * one phase do not depend on each other and the processor overlaps their cache misses.
 *
 * <p>Cost: 2 dependent cache misses a read; memory rows × (row bytes + 21 to 43 of index). Memory is freed when the
 * table is closed or unreachable and no read is under way.
 */
public final class MemoryRowTable implements RowTable {
    /** Keys read in one go: their positions and entries fit into the first-level cache beside the index lines. */
    private static final int BLOCK = 512;

    private static final long LINE = 64;

    /** Rows are allocated in portions of this size, a multiple of a huge page. */
    private static final long CHUNK_BYTES = 16L << 20;

    private static final long MAX_BYTES = 1L << 40;

    private static final ThreadLocal<long[]> SCRATCH = ThreadLocal.withInitial(() -> new long[3 * BLOCK]);

    private final int rowBytes;
    private final int maxRows;
    private final int chunkShift;
    private final int chunkMask;
    private final MemorySegment zeroRow;

    private volatile State state;
    private volatile long size;

    // Owned by the writing thread.
    private int usedSlots;
    private int[] freeSlots = new int[16];
    private int freeCount;
    private long changes;

    /**
     * What readers need together: an index and the chunks that its slots point into. The array has a place for every
     * chunk that may come; a chunk is there before the first entry that points into it.
     */
    private static final class State {
        final RowIndex index;
        final MemorySegment[] chunks;

        State(RowIndex index, MemorySegment[] chunks) {
            this.index = index;
            this.chunks = chunks;
        }
    }

    /** @param maxRows the limit beyond which {@link #put} of another key fails */
    public MemoryRowTable(int rowBytes, int maxRows) {
        if (rowBytes < 1 || maxRows < 1 || (long) rowBytes * maxRows > MAX_BYTES || rowBytes > CHUNK_BYTES) {
            throw new IllegalArgumentException("rowBytes " + rowBytes + " must be 1 to " + CHUNK_BYTES + ", maxRows "
                    + maxRows + " at least 1, and both together at most 1 TB");
        }
        this.rowBytes = rowBytes;
        this.maxRows = maxRows;
        long rowsPerChunk = Long.highestOneBit(Math.max(1, CHUNK_BYTES / rowBytes));
        this.chunkShift = Long.numberOfTrailingZeros(rowsPerChunk);
        this.chunkMask = (int) rowsPerChunk - 1;
        this.zeroRow = Arena.ofAuto().allocate(rowBytes);
        this.state = emptyState();
    }

    @Override
    public int rowBytes() {
        return rowBytes;
    }

    @Override
    public long size() {
        return size;
    }

    @Override
    public boolean get(long key, MemorySegment into, long offset) {
        while (true) {
            State seen = state;
            long position = seen.index.find(key, seen.index.home(key));
            long entry = seen.index.entry(position);
            boolean own = seen.index.isOf(key, position, entry);
            int slot = own ? RowIndex.slot(entry) : -1;
            if (slot >= 0) {
                copyRow(seen, slot, into, offset);
                VarHandle.acquireFence();
            }
            if (own && seen.index.entry(position) == entry && isCurrent(seen)) {
                return slot >= 0;
            }
            Thread.onSpinWait();
        }
    }

    @Override
    public int getBatch(long[] keys, int count, MemorySegment into, long offset, boolean[] found) {
        Objects.checkFromIndexSize(0, count, keys.length);
        Objects.checkFromIndexSize(0, count, found.length);
        Objects.checkFromIndexSize(offset, (long) count * rowBytes, into.byteSize());
        long[] scratch = SCRATCH.get();
        int hits = 0;
        for (int from = 0; from < count; from += BLOCK) {
            int n = Math.min(BLOCK, count - from);
            hits += getBlock(keys, from, n, into, offset + (long) from * rowBytes, found, scratch);
        }
        return hits;
    }

    /** Positions lie at 0 of the scratch, entries at BLOCK; the last part takes what touching reads. */
    private int getBlock(
            long[] keys, int from, int n, MemorySegment into, long offset, boolean[] found, long[] scratch) {
        State seen = state;
        findEntries(seen.index, keys, from, n, scratch);
        touchRows(seen, n, scratch);
        for (int i = 0; i < n; i++) {
            int slot = RowIndex.slot(scratch[BLOCK + i]);
            if (slot >= 0) {
                copyRow(seen, slot, into, offset + (long) i * rowBytes);
            }
        }
        VarHandle.acquireFence();
        int hits = 0;
        for (int i = 0; i < n; i++) {
            boolean present = confirm(seen, keys[from + i], scratch, i, into, offset + (long) i * rowBytes);
            found[from + i] = present;
            hits += present ? 1 : 0;
        }
        return hits;
    }

    private static void findEntries(RowIndex index, long[] keys, int from, int n, long[] scratch) {
        long touched = 0;
        for (int i = 0; i < n; i++) {
            long home = index.home(keys[from + i]);
            scratch[i] = home;
            touched += index.touch(home);
        }
        scratch[2 * BLOCK] = touched;
        for (int i = 0; i < n; i++) {
            long position = index.find(keys[from + i], scratch[i]);
            long entry = index.entry(position);
            while (!index.isOf(keys[from + i], position, entry)) {
                position = index.find(keys[from + i], position);
                entry = index.entry(position);
            }
            scratch[i] = position;
            scratch[BLOCK + i] = entry;
        }
    }

    /** Independent loads, one per cache line: their misses overlap, those of copies one by one would not. */
    private void touchRows(State seen, int n, long[] scratch) {
        long touched = 0;
        for (int i = 0; i < n; i++) {
            int slot = RowIndex.slot(scratch[BLOCK + i]);
            if (slot >= 0) {
                MemorySegment chunk = seen.chunks[slot >>> chunkShift];
                long start = rowOffset(slot);
                for (long at = 0; at < rowBytes; at += LINE) {
                    touched += chunk.get(ValueLayout.JAVA_BYTE, start + at);
                }
            }
        }
        scratch[2 * BLOCK + 1] = touched;
    }

    /** Looks again whether the copied row is whole; reads it alone where it was written meanwhile. */
    private boolean confirm(State seen, long key, long[] scratch, int i, MemorySegment into, long offset) {
        long entry = scratch[BLOCK + i];
        boolean present = RowIndex.slot(entry) >= 0;
        if (seen.index.entry(scratch[i]) != entry || !isCurrent(seen)) {
            present = get(key, into, offset);
        }
        if (!present) {
            MemorySegment.copy(zeroRow, 0, into, offset, rowBytes);
        }
        return present;
    }

    @Override
    public void put(long key, MemorySegment from, long offset) {
        if (state.index.isFull()) {
            reindex();
        }
        RowIndex index = state.index;
        long position = index.find(key, index.home(key));
        int old = RowIndex.slot(index.entry(position));
        if (old < 0 && size >= maxRows) {
            throw new MillraceException(
                    ErrorCode.STORAGE_FAILED, "the table holds its limit of " + maxRows + " rows; raise the limit");
        }
        int slot = freeSlot();
        // The entry that freed this slot must be visible before the slot's bytes change.
        VarHandle.storeStoreFence();
        MemorySegment.copy(from, offset, state.chunks[slot >>> chunkShift], rowOffset(slot), rowBytes);
        index.set(position, key, RowIndex.entry(nextChange(), slot));
        if (old >= 0) {
            release(old);
        } else {
            changeSize(1);
        }
    }

    @Override
    public boolean remove(long key) {
        RowIndex index = state.index;
        long position = index.find(key, index.home(key));
        int slot = RowIndex.slot(index.entry(position));
        if (slot < 0) {
            return false;
        }
        index.set(position, key, RowIndex.entry(nextChange(), -1));
        release(slot);
        changeSize(-1);
        return true;
    }

    @Override
    public void forEach(RowVisitor visitor) {
        State now = state;
        for (long position = 0; position < now.index.bytes(); position += 16) {
            int slot = RowIndex.slot(now.index.entry(position));
            if (slot >= 0) {
                visitor.visit(now.index.key(position), now.chunks[slot >>> chunkShift], rowOffset(slot));
            }
        }
    }

    /** Readers under way keep the memory that they see; it goes back when the last of them is done. */
    @Override
    public void close() {
        state = emptyState();
        size = 0;
        usedSlots = 0;
        freeCount = 0;
    }

    @SuppressWarnings("ReferenceEquality") // A state has no value; each is another.
    private boolean isCurrent(State seen) {
        return state == seen;
    }

    private State emptyState() {
        return new State(RowIndex.sizedFor(16), new MemorySegment[((maxRows - 1) >>> chunkShift) + 2]);
    }

    /** Never 0 in its lower half, which marks an empty cell. */
    private long nextChange() {
        changes++;
        if ((int) changes == 0) {
            changes++;
        }
        return changes;
    }

    private void copyRow(State seen, int slot, MemorySegment into, long offset) {
        MemorySegment.copy(seen.chunks[slot >>> chunkShift], rowOffset(slot), into, offset, rowBytes);
    }

    private long rowOffset(int slot) {
        return (long) (slot & chunkMask) * rowBytes;
    }

    @SuppressWarnings("NonAtomicVolatileUpdate") // One thread writes.
    private void changeSize(int difference) {
        size += difference;
    }

    private int freeSlot() {
        if (freeCount > 0) {
            return freeSlots[--freeCount];
        }
        if ((usedSlots & chunkMask) == 0) {
            long bytes = (chunkMask + 1L) * rowBytes;
            state.chunks[usedSlots >>> chunkShift] = LargeMemory.allocate(bytes, Arena.ofAuto());
        }
        return usedSlots++;
    }

    private void release(int slot) {
        if (freeCount == freeSlots.length) {
            freeSlots = Arrays.copyOf(freeSlots, freeCount * 2);
        }
        freeSlots[freeCount++] = slot;
    }

    private void reindex() {
        RowIndex old = state.index;
        RowIndex next = RowIndex.sizedFor(size + 1);
        for (long position = 0; position < old.bytes(); position += 16) {
            long entry = old.entry(position);
            if (RowIndex.slot(entry) >= 0) {
                long key = old.key(position);
                next.set(next.find(key, next.home(key)), key, entry);
            }
        }
        state = new State(next, state.chunks);
    }
}
