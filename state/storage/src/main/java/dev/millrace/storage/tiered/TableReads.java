package dev.millrace.storage.tiered;

import dev.millrace.kernels.RawMemory;
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
 * asked of the disk as soon as the entries say so, taken up when the rest is done, and offered to memory. A row that changed between two looks at its entry is read again, alone.
 */
final class TableReads {
    /** From so many reads from disk on, other threads take part. */
    static final int WORTH_SHARING = 3;

    private static final int BLOCK_BYTES = 256 << 10;

    private final TieredTable table;
    private final TableSpec spec;
    private final RowSlab slab;
    private final TierCounters counters;
    private final DiskReads disk;
    private final ThreadLocal<ReadScratch> scratches;
    private final ReadPool pool;
    private final BatchReads batchReads;
    private final int rowBytes;
    private final RowCodec codec;
    private final boolean scaled;
    private final boolean expires;
    private final boolean counted;
    /** Keys read in one go, so many that their rows stay in the second-level cache until they are used. */
    private final int block;

    TableReads(TieredTable table, RowCodec codec, TierCounters counters, TieredTable.Shared shared) {
        this.table = table;
        this.spec = table.spec();
        this.slab = codec.slab();
        this.codec = codec;
        this.counters = counters;
        this.disk = new DiskReads(table, counters);
        this.scratches = shared.scratches();
        this.pool = shared.pool();
        this.batchReads = new BatchReads(table, counters, pool);
        this.rowBytes = spec.rowBytes();
        this.scaled = spec.precision() == Precision.INT8;
        this.expires = !spec.ttl().isZero();
        this.counted = !spec.placement().keepsAll();
        this.block = Math.clamp(BLOCK_BYTES / spec.residentBytes(), 8, ReadScratch.BLOCK);
    }

    boolean get(long key, MemorySegment into, long offset) {
        ReadScratch scratch = scratches.get();
        int found = -1;
        while (found < 0) {
            View view = table.view();
            scratch.absence = RowOutcome.ABSENT;
            try {
                found = tryGet(view, scratch, key, into, offset);
            } finally {
                scratch.forgetPlain();
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
            codec.read(CellIndex.place(entry), into, offset);
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
        scratch.late = false;
        int hits = 0;
        for (int from = 0; from < count; from += block) {
            int n = Math.min(block, count - from);
            long at = offset + (long) from * rowBytes;
            hits += getBlock(scratch, keys, from, n, into, at, rowBytes);
            System.arraycopy(scratch.found, 0, found, from, n);
        }
        scratch.absence = scratch.late ? RowOutcome.DEGRADED : RowOutcome.ABSENT;
        return hits;
    }

    int gather(long[] keys, int count, MemorySegment into, long offset, long pitch) {
        ReadScratch scratch = scratches.get();
        int hits = 0;
        for (int from = 0; from < count; from += block) {
            int n = Math.min(block, count - from);
            hits += getBlock(scratch, keys, from, n, into, offset + from * pitch, pitch);
        }
        return hits;
    }

    /** Notes in the scratch which of the keys have a row. @return how many */
    private int getBlock(
            ReadScratch scratch, long[] keys, int from, int n, MemorySegment into, long offset, long pitch) {
        View view = table.view();
        int misses = -1;
        try {
            findEntries(view, scratch, keys, from, n);
            batchReads.begin(scratch, n);
            touchRows(scratch, n);
            codec.readAll(scratch.addresses, scratch.weights, n, into, offset, pitch);
            VarHandle.acquireFence();
            misses = table.view() == view ? confirm(view.index(), scratch, n) : all(scratch, n);
        } finally {
            if (misses < 0) {
                batchReads.abandon(scratch);
            }
            keep(view);
        }
        counters.resident.add(n - misses);
        return misses == 0 ? n : n - misses + readMisses(scratch, misses, keys, from, into, offset, pitch);
    }

    /** @return how many of the rows that the scratch lists are there */
    private int readMisses(
            ReadScratch scratch, int misses, long[] keys, int from, MemorySegment into, long offset, long pitch) {
        int left = batchReads.finish(scratch, misses, keys, from, into, offset, pitch);
        readRest(scratch, left, keys, from, into, offset, pitch);
        int hits = 0;
        for (int m = 0; m < misses; m++) {
            hits += scratch.found[scratch.misses[m]] ? 1 : 0;
        }
        return hits;
    }

    private void readRest(
            ReadScratch scratch, int count, long[] keys, int from, MemorySegment into, long offset, long pitch) {
        int[] listed = scratch.rest;
        boolean[] found = scratch.found;
        if (count < WORTH_SHARING || !into.isAccessibleBy(pool.example())) {
            for (int m = 0; m < count; m++) {
                found[listed[m]] = readMiss(scratch, keys[from + listed[m]], into, offset + listed[m] * pitch);
            }
        } else {
            pool.forEach(
                    count,
                    m -> found[listed[m]] =
                            readMiss(scratch, keys[from + listed[m]], into, offset + listed[m] * pitch));
        }
    }

    /** @param asker of the thread whose batch it is; this one may be a helper */
    private boolean readMiss(ReadScratch asker, long key, MemorySegment into, long at) {
        boolean found = get(key, into, at);
        if (!found) {
            into.asSlice(at, rowBytes).fill((byte) 0);
            if (scratches.get().absence == RowOutcome.DEGRADED) {
                asker.late = true;
            }
        }
        return found;
    }

    /** Looks again at each entry. @return how many rows are to be read one by one, which the scratch lists */
    private int confirm(CellIndex index, ReadScratch scratch, int n) {
        if (expires || !areUnchangedAndResident(scratch, n)) {
            return confirmEach(index, scratch, n);
        }
        Arrays.fill(scratch.found, 0, n, true);
        countReads(index, scratch, n);
        return 0;
    }

    /** Looks again at each entry, and notes the frequency that all of them have at least. */
    private static boolean areUnchangedAndResident(ReadScratch scratch, int n) {
        long[] positions = scratch.positions;
        long[] entries = scratch.entries;
        long changed = 0;
        long all = -1;
        for (int i = 0; i < n; i++) {
            long now = RawMemory.getLong(positions[i] + CellIndex.ENTRY_OFFSET);
            changed |= now ^ entries[i];
            all &= now;
        }
        scratch.commonFrequency = CellIndex.frequency(all);
        return CellIndex.isResident(all) && CellIndex.isSame(changed, 0);
    }

    /** Counts a read of each row in memory, where one may still be counted. */
    private void countReads(CellIndex index, ReadScratch scratch, int n) {
        if (!counted || scratch.commonFrequency == CellIndex.HIGHEST_FREQUENCY) {
            return;
        }
        for (int i = 0; i < n; i++) {
            long now = index.entry(scratch.positions[i]);
            if (CellIndex.isResident(now) && CellIndex.isSame(now, scratch.entries[i])) {
                index.countRead(scratch.positions[i], now);
            }
        }
    }

    private int confirmEach(CellIndex index, ReadScratch scratch, int n) {
        int misses = 0;
        for (int i = 0; i < n; i++) {
            long entry = scratch.entries[i];
            boolean live = CellIndex.isResident(entry) && isLive(CellIndex.place(entry));
            // The expiry is the row's only if the entry is still the same behind it.
            VarHandle.acquireFence();
            long now = index.entry(scratch.positions[i]);
            if (live && CellIndex.isSame(now, entry)) {
                scratch.found[i] = true;
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

    /** Notes each key's position and entry. */
    static void findEntries(View view, ReadScratch scratch, long[] keys, int from, int n) {
        CellIndex index = view.index();
        long[] positions = scratch.positions;
        if (!view.isSettled()) {
            findUnsettled(view, scratch, keys, from, n);
            return;
        }
        index.homes(keys, from, n, positions);
        scratch.sink = RawMemory.touchAll(positions, n, 1);
        int rest = index.findInLines(keys, from, n, positions, scratch.entries, scratch.matches, scratch.rest);
        findRest(index, scratch, keys, from, rest);
        VarHandle.acquireFence();
    }

    /** Notes the positions and entries of keys that are not in their home line: nearly all of them are in the next. */
    private static void findRest(CellIndex index, ReadScratch scratch, long[] keys, int from, int rest) {
        long[] positions = scratch.addresses;
        long[] others = scratch.restKeys;
        for (int j = 0; j < rest; j++) {
            int i = scratch.rest[j];
            others[j] = keys[from + i];
            positions[j] = index.lineAfter(scratch.positions[i]);
        }
        scratch.sink = RawMemory.touchAll(positions, rest, 1);
        int left = index.findInLines(others, 0, rest, positions, scratch.restEntries, scratch.matches, scratch.farther);
        for (int j = 0; j < rest; j++) {
            scratch.positions[scratch.rest[j]] = positions[j];
            scratch.entries[scratch.rest[j]] = scratch.restEntries[j];
        }
        for (int j = 0; j < left; j++) {
            int i = scratch.rest[scratch.farther[j]];
            find(index, keys[from + i], scratch, i);
        }
    }

    /** Notes the position and entry of a key that may lie anywhere, or nowhere. */
    private static void find(CellIndex index, long key, ReadScratch scratch, int i) {
        long position = index.find(key, index.home(key));
        long entry = index.entry(position);
        while (!index.isOf(key, position, entry)) {
            position = index.find(key, position);
            entry = index.entry(position);
        }
        scratch.positions[i] = position;
        scratch.entries[i] = entry;
    }

    /** One key after the other: each may lie in a delta, and blocks are compared with their checksums where nobody has. */
    private static void findUnsettled(View view, ReadScratch scratch, long[] keys, int from, int n) {
        CellIndex index = view.index();
        for (int i = 0; i < n; i++) {
            long key = keys[from + i];
            long position = view.find(key);
            long entry = index.entry(position);
            while (!index.isOf(key, position, entry)) {
                position = view.find(key);
                entry = index.entry(position);
            }
            scratch.positions[i] = position;
            scratch.entries[i] = entry;
        }
    }

    /** Has the rows on their way to the cache; for a key without one in memory, some row. Notes their addresses and scales. */
    private void touchRows(ReadScratch scratch, int n) {
        long[] addresses = scratch.addresses;
        if (scaled) {
            placeScaled(scratch, n);
        } else {
            for (int i = 0; i < n; i++) {
                addresses[i] = slab.address(slot(scratch.entries[i]));
            }
        }
        scratch.sink = RawMemory.touchAll(addresses, n, spec.residentBytes());
    }

    private void placeScaled(ReadScratch scratch, int n) {
        for (int i = 0; i < n; i++) {
            long slot = slot(scratch.entries[i]);
            scratch.addresses[i] = slab.address(slot);
            scratch.weights[i] = slab.scale(slot);
        }
    }

    private static long slot(long entry) {
        return CellIndex.isResident(entry) ? CellIndex.place(entry) : 0;
    }

    /**
     * Adds up rows of floats, each times its weight, in blocks: a block in which a row changed meanwhile is read again.
     *
     * @param mean whether to divide by the weights of the rows that are there
     * @return how many keys have a row
     */
    int pooled(long[] keys, int count, float @Nullable [] weights, float[] into, boolean mean) {
        ReadScratch scratch = scratches.get();
        int dimensions = spec.dimensions();
        Arrays.fill(into, 0, dimensions, 0);
        float[] part = scratch.sumOf(dimensions);
        int hits = 0;
        double weightSum = 0;
        for (int from = 0; from < count; from += block) {
            int n = Math.min(block, count - from);
            View view = table.view();
            int found;
            try {
                found = sumBlock(view, scratch, keys, from, n, weights, part);
            } finally {
                keep(view);
            }
            if (found < 0) {
                found = sumCopies(scratch, keys, from, n, weights, part);
            }
            VectorMath.axpy(1, part, into, dimensions);
            hits += found;
            weightSum += scratch.weightSum;
        }
        if (mean) {
            float share = weightSum == 0 ? 0 : (float) (1 / weightSum);
            for (int d = 0; d < dimensions; d++) {
                into[d] *= share;
            }
        }
        if (spec.personal()) {
            scratch.forgetRooms();
        }
        return hits;
    }

    /** @return how many keys have a row; −1 where not all of those are in memory and unchanged */
    private int sumBlock(
            View view, ReadScratch scratch, long[] keys, int from, int n, float @Nullable [] weights, float[] into) {
        findEntries(view, scratch, keys, from, n);
        touchRows(scratch, n);
        int rows = weigh(scratch, from, n, weights);
        if (rows < 0) {
            return -1;
        }
        codec.sum(scratch.addresses, scratch.weights, rows, into);
        VarHandle.acquireFence();
        // Of keys without a row the entries must be the same, too.
        boolean unchanged = areUnchangedAndResident(scratch, n) || areUnchanged(view.index(), scratch, n);
        if (!unchanged || table.view() != view) {
            counters.retries.increment();
            return -1;
        }
        countReads(view.index(), scratch, n);
        counters.resident.add(rows);
        if (rows < n) {
            counters.absent.add(n - rows);
        }
        return rows;
    }

    private static boolean areUnchanged(CellIndex index, ReadScratch scratch, int n) {
        boolean unchanged = true;
        for (int i = 0; i < n; i++) {
            unchanged &= CellIndex.isSame(index.entry(scratch.positions[i]), scratch.entries[i]);
        }
        return unchanged;
    }

    /** Leaves the addresses and weights of the keys that have a row. @return how many; −1 where one is not in memory */
    private int weigh(ReadScratch scratch, int from, int n, float @Nullable [] weights) {
        if (weights == null && !expires && areAllResident(scratch.entries, n)) {
            scratch.weightSum = n;
            if (!scaled) {
                Arrays.fill(scratch.weights, 0, n, 1);
            }
            return n;
        }
        return weighEach(scratch, from, n, weights);
    }

    static boolean areAllResident(long[] entries, int n) {
        long all = -1;
        for (int i = 0; i < n; i++) {
            all &= entries[i];
        }
        return CellIndex.isResident(all);
    }

    private int weighEach(ReadScratch scratch, int from, int n, float @Nullable [] weights) {
        int rows = 0;
        double weightSum = 0;
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
                weightSum += weight;
                scratch.addresses[rows] = scratch.addresses[i];
                scratch.weights[rows++] = scaled ? weight * scratch.weights[i] : weight;
            }
        }
        scratch.weightSum = weightSum;
        return rows;
    }

    /** Copies the rows out first: those on disk come together. */
    private int sumCopies(ReadScratch scratch, long[] keys, int from, int n, float @Nullable [] weights, float[] into) {
        int dimensions = spec.dimensions();
        Arrays.fill(into, 0, dimensions, 0);
        float[] rows = scratch.rowsOf(n * dimensions);
        int hits = getBlock(scratch, keys, from, n, MemorySegment.ofArray(rows), 0, rowBytes);
        double weightSum = 0;
        for (int i = 0; i < n; i++) {
            if (scratch.found[i]) {
                float weight = weights == null ? 1 : weights[from + i];
                VectorMath.axpy(weight, rows, i * dimensions, into, 0, dimensions);
                weightSum += weight;
            }
        }
        scratch.weightSum = weightSum;
        return hits;
    }

    private boolean isLive(long slot) {
        return !expires || table.isLiveUntil(slab.expiry(slot));
    }

    /** @return 1 where there is a row, 0 where it has expired, −1 where the key's entry changed meanwhile */
    private int readFromDisk(ReadScratch scratch, long key, long entry, MemorySegment into, long offset) {
        int found = disk.read(scratch, key, entry);
        if (found > 0) {
            RawMemory.copy(scratch.row.address, into, offset, rowBytes);
            table.intake().promote(entry, scratch.row);
        }
        return found;
    }
}
