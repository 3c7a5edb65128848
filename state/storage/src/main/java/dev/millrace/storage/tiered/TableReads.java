package dev.millrace.storage.tiered;

import dev.millrace.kernels.RawMemory;
import dev.millrace.kernels.RowMath;
import dev.millrace.kernels.VectorMath;
import dev.millrace.storage.memory.CellIndex;
import dev.millrace.storage.memory.RowSlab;
import org.jspecify.annotations.Nullable;

import java.lang.foreign.MemorySegment;
import java.lang.invoke.VarHandle;
import java.lang.ref.Reference;
import java.util.Arrays;

/**
 * The read path of a table: no locks, and no allocation for rows in memory. Thread-safe.
 *
 * <p>A batch works in phases over all keys – index lines, entries, row lines, rows, second look at the entries – because
 * the loads of one phase do not depend on each other and the processor overlaps their cache misses. What is not in memory is
 * read from disk afterwards and offered to memory. A row that changed between two looks at its entry is read again, alone.
 */
final class TableReads {
    /** From so many reads from disk on, other threads take part. */
    static final int WORTH_SHARING = 3;

    private final TieredTable table;
    private final TableSpec spec;
    private final RowSlab slab;
    private final TierCounters counters;
    private final DiskReads disk;
    private final ThreadLocal<ReadScratch> scratches;
    private final ReadPool pool;
    private final BatchReads batchReads;
    private final int rowBytes;
    private final boolean bytesAsFloats;
    private final boolean expires;
    private final boolean counted;

    TableReads(TieredTable table, RowSlab slab, TierCounters counters, TieredTable.Shared shared) {
        this.table = table;
        this.spec = table.spec();
        this.slab = slab;
        this.counters = counters;
        this.disk = new DiskReads(table, counters);
        this.scratches = shared.scratches();
        this.pool = shared.pool();
        this.batchReads = new BatchReads(table, counters, pool);
        this.rowBytes = spec.rowBytes();
        this.bytesAsFloats = spec.precision() == Precision.INT8;
        this.expires = !spec.ttl().isZero();
        this.counted = spec.placement() != Placement.PINNED;
    }

    boolean get(long key, MemorySegment into, long offset) {
        ReadScratch scratch = scratches.get();
        int found = -1;
        while (found < 0) {
            View view = table.view();
            try {
                found = tryGet(view, scratch, key, into, offset);
            } finally {
                keep(view);
            }
        }
        return found > 0;
    }

    /** @return 1 where there is a row, 0 where there is none, −1 where it changed meanwhile */
    private int tryGet(View view, ReadScratch scratch, long key, MemorySegment into, long offset) {
        CellIndex index = view.index();
        long position = view.find(key);
        long entry = index.entry(position);
        boolean own = index.isOf(key, position, entry);
        boolean live = own && CellIndex.place(entry) >= 0;
        if (live && !CellIndex.isResident(entry)) {
            return readFromDisk(scratch, key, entry, into, offset);
        }
        live = live && isLive(CellIndex.place(entry));
        if (live) {
            copyRow(CellIndex.place(entry), into, offset);
        }
        VarHandle.acquireFence();
        if (!own || !CellIndex.isSame(index.entry(position), entry) || table.view() != view) {
            counters.retries.increment();
            Thread.onSpinWait();
            return -1;
        }
        count(live, index, position, entry);
        return live ? 1 : 0;
    }

    /** What addresses point to stays while they are in use. */
    @SuppressWarnings("ReachabilityFenceUsage") // Called in finally blocks.
    private void keep(View view) {
        Reference.reachabilityFence(view);
        Reference.reachabilityFence(this);
    }

    private void count(boolean live, CellIndex index, long position, long entry) {
        if (!live) {
            counters.absent.increment();
            return;
        }
        counters.resident.increment();
        if (counted) {
            index.countRead(position, entry);
        }
    }

    int getBatch(long[] keys, int count, MemorySegment into, long offset, boolean[] found) {
        ReadScratch scratch = scratches.get();
        int hits = 0;
        for (int from = 0; from < count; from += ReadScratch.BLOCK) {
            int n = Math.min(ReadScratch.BLOCK, count - from);
            View view = table.view();
            try {
                hits += getBlock(view, scratch, keys, from, n, into, offset + (long) from * rowBytes, found);
            } finally {
                keep(view);
            }
        }
        return hits;
    }

    private int getBlock(
            View view,
            ReadScratch scratch,
            long[] keys,
            int from,
            int n,
            MemorySegment into,
            long offset,
            boolean[] found) {
        findEntries(view, scratch, keys, from, n);
        touchRows(scratch, n);
        for (int i = 0; i < n; i++) {
            if (CellIndex.isResident(scratch.entries[i])) {
                copyRow(CellIndex.place(scratch.entries[i]), into, offset + (long) i * rowBytes);
            }
        }
        VarHandle.acquireFence();
        int misses = table.view() == view ? confirm(view, scratch, n, found, from) : all(scratch, n);
        counters.resident.add(n - misses);
        return n - misses + readMisses(scratch, misses, keys, from, into, offset, found);
    }

    /** @return how many of the rows that the scratch lists are there */
    private int readMisses(
            ReadScratch scratch, int misses, long[] keys, int from, MemorySegment into, long offset, boolean[] found) {
        int left = misses;
        int[] listed = scratch.misses;
        if (misses >= WORTH_SHARING) {
            left = batchReads.read(scratch, misses, new BatchReads.Target(keys, from, into, offset, found));
            listed = scratch.rest;
        }
        readRest(listed, left, keys, from, into, offset, found);
        int hits = 0;
        for (int m = 0; m < misses; m++) {
            hits += found[from + scratch.misses[m]] ? 1 : 0;
        }
        return hits;
    }

    private void readRest(
            int[] listed, int count, long[] keys, int from, MemorySegment into, long offset, boolean[] found) {
        if (count < WORTH_SHARING || !into.isAccessibleBy(pool.example())) {
            for (int m = 0; m < count; m++) {
                readMiss(keys, from + listed[m], into, offset + (long) listed[m] * rowBytes, found);
            }
        } else {
            pool.forEach(
                    count, m -> readMiss(keys, from + listed[m], into, offset + (long) listed[m] * rowBytes, found));
        }
    }

    private void readMiss(long[] keys, int i, MemorySegment into, long at, boolean[] found) {
        found[i] = get(keys[i], into, at);
        if (!found[i]) {
            into.asSlice(at, rowBytes).fill((byte) 0);
        }
    }

    /** Looks again at each entry. @return how many rows are to be read one by one, which the scratch lists */
    private int confirm(View view, ReadScratch scratch, int n, boolean[] found, int from) {
        CellIndex index = view.index();
        int misses = 0;
        for (int i = 0; i < n; i++) {
            long entry = scratch.entries[i];
            long now = index.entry(scratch.positions[i]);
            if (CellIndex.isResident(entry) && CellIndex.isSame(now, entry) && isLive(CellIndex.place(entry))) {
                found[from + i] = true;
                if (counted) {
                    index.countRead(scratch.positions[i], now);
                }
            } else {
                scratch.misses[misses++] = i;
            }
        }
        return misses;
    }

    private static int all(ReadScratch scratch, int n) {
        for (int i = 0; i < n; i++) {
            scratch.misses[i] = i;
        }
        return n;
    }

    static void findEntries(View view, ReadScratch scratch, long[] keys, int from, int n) {
        CellIndex index = view.index();
        long[] positions = scratch.positions;
        long[] entries = scratch.entries;
        long touched = 0;
        for (int i = 0; i < n; i++) {
            long home = view.isChecked() ? index.home(keys[from + i]) : view.find(keys[from + i]);
            positions[i] = home;
            touched += index.touch(home);
        }
        scratch.sink = touched;
        for (int i = 0; i < n; i++) {
            long key = keys[from + i];
            long position = index.find(key, positions[i]);
            long entry = index.entry(position);
            while (!index.isOf(key, position, entry)) {
                position = index.find(key, position);
                entry = index.entry(position);
            }
            positions[i] = position;
            entries[i] = entry;
        }
    }

    /** Independent loads, one per cache line: their misses overlap, those of copies one by one would not. */
    private void touchRows(ReadScratch scratch, int n) {
        long touched = 0;
        int bytes = spec.residentBytes();
        for (int i = 0; i < n; i++) {
            long entry = scratch.entries[i];
            if (CellIndex.isResident(entry)) {
                touched += RawMemory.touch(slab.address(CellIndex.place(entry)), bytes);
            }
        }
        scratch.sink = touched;
    }

    /**
     * Adds up rows of floats, each times its weight, in blocks: a block in which a row changed meanwhile is read again.
     *
     * @return how many keys have a row
     */
    int sum(long[] keys, int count, float @Nullable [] weights, float[] into) {
        ReadScratch scratch = scratches.get();
        int dimensions = spec.dimensions();
        Arrays.fill(into, 0, dimensions, 0);
        float[] block = scratch.sumOf(dimensions);
        int hits = 0;
        for (int from = 0; from < count; from += ReadScratch.BLOCK) {
            int n = Math.min(ReadScratch.BLOCK, count - from);
            View view = table.view();
            int found;
            try {
                found = sumBlock(view, scratch, keys, from, n, weights, block);
            } finally {
                keep(view);
            }
            if (found < 0) {
                found = sumOneByOne(scratch, keys, from, n, weights, block);
            }
            VectorMath.axpy(1, block, into, dimensions);
            hits += found;
        }
        return hits;
    }

    /** @return how many keys have a row; −1 where not all of those are in memory and unchanged */
    private int sumBlock(
            View view, ReadScratch scratch, long[] keys, int from, int n, float @Nullable [] weights, float[] into) {
        findEntries(view, scratch, keys, from, n);
        touchRows(scratch, n);
        int rows = 0;
        for (int i = 0; i < n; i++) {
            long slot = CellIndex.place(scratch.entries[i]);
            if (slot < 0) {
                continue;
            }
            if (!CellIndex.isResident(scratch.entries[i])) {
                return -1;
            }
            if (isLive(slot)) {
                float weight = weights == null ? 1 : weights[from + i];
                scratch.addresses[rows] = slab.address(slot);
                scratch.weights[rows++] = bytesAsFloats ? weight * slab.scale(slot) : weight;
            }
        }
        if (bytesAsFloats) {
            RowMath.sumBytes(scratch.addresses, scratch.weights, rows, spec.dimensions(), into);
        } else {
            RowMath.sumFloats(scratch.addresses, scratch.weights, rows, spec.dimensions(), into);
        }
        VarHandle.acquireFence();
        boolean unchanged = table.view() == view;
        for (int i = 0; i < n; i++) {
            unchanged &= CellIndex.isSame(view.index().entry(scratch.positions[i]), scratch.entries[i]);
        }
        if (!unchanged) {
            counters.retries.increment();
            return -1;
        }
        countBlock(view.index(), scratch, n, rows);
        return rows;
    }

    private void countBlock(CellIndex index, ReadScratch scratch, int n, int hits) {
        counters.resident.add(hits);
        counters.absent.add(n - hits);
        for (int i = 0; counted && i < n; i++) {
            if (CellIndex.isResident(scratch.entries[i])) {
                index.countRead(scratch.positions[i], scratch.entries[i]);
            }
        }
    }

    private int sumOneByOne(
            ReadScratch scratch, long[] keys, int from, int n, float @Nullable [] weights, float[] into) {
        int dimensions = spec.dimensions();
        Arrays.fill(into, 0, dimensions, 0);
        float[] row = scratch.rowOf(dimensions);
        MemorySegment memory = MemorySegment.ofArray(row);
        int hits = 0;
        for (int i = from; i < from + n; i++) {
            if (get(keys[i], memory, 0)) {
                VectorMath.axpy(weights == null ? 1 : weights[i], row, into, dimensions);
                hits++;
            }
        }
        return hits;
    }

    private boolean isLive(long slot) {
        return !expires || table.isLiveUntil(slab.expiry(slot));
    }

    private void copyRow(long slot, MemorySegment into, long offset) {
        if (bytesAsFloats) {
            RowMath.dequantise(slab.address(slot), slab.scale(slot), spec.dimensions(), into, offset);
        } else {
            RawMemory.copy(slab.address(slot), into, offset, rowBytes);
        }
    }

    /** @return 1 where there is a row, 0 where it has expired, −1 where the key's entry changed meanwhile */
    private int readFromDisk(ReadScratch scratch, long key, long entry, MemorySegment into, long offset) {
        int found = disk.read(scratch, key, entry);
        if (found > 0) {
            RawMemory.copy(scratch.row.address, into, offset, rowBytes);
            table.promote(entry, scratch.row);
        }
        return found;
    }
}
