package dev.millrace.storage.tiered;

import dev.millrace.kernels.RawMemory;
import dev.millrace.storage.ValueTable;
import dev.millrace.storage.memory.CellIndex;
import dev.millrace.storage.memory.ValueSlab;

import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.lang.invoke.VarHandle;
import java.lang.ref.Reference;
import java.util.Arrays;
import java.util.function.IntConsumer;

/**
 * The read path of a table of values of variable size: no locks, and no allocation for values in memory. Thread-safe.
 *
 * <p>As {@link TableReads}, but that a value's length is known only once it was looked at. What a block says of its length holds if
 * the key's entry is the same afterwards; only then are so many bytes copied, and the entry is looked at once more.
 */
final class ValueReads {
    /** What reading gives where the key's entry changed meanwhile. */
    private static final int CHANGED = -2;

    private static final byte[] NOTHING = {};
    private static final byte[][] NO_VALUES = {};

    private final TieredTable table;
    private final ValueSlab slab;
    private final TierCounters counters;
    private final DiskReads disk;
    private final ThreadLocal<ReadScratch> scratches;
    private final ReadPool pool;
    private final boolean expires;
    private final boolean counted;

    ValueReads(TieredTable table, ValueSlab slab, TierCounters counters, TieredTable.Shared shared) {
        this.table = table;
        this.slab = slab;
        this.counters = counters;
        this.disk = new DiskReads(table, counters);
        this.scratches = shared.scratches();
        this.pool = shared.pool();
        this.expires = !table.spec().ttl().isZero();
        this.counted = !table.spec().placement().keepsAll();
    }

    /** @return the value's length, or {@link ValueTable#NONE} */
    int get(long key, MemorySegment into, long offset) {
        ReadScratch scratch = scratches.get();
        int length = CHANGED;
        while (length == CHANGED) {
            View view = table.view();
            scratch.absence = RowOutcome.ABSENT;
            try {
                length = tryGet(view, scratch, key, into, offset);
            } finally {
                scratch.forgetPlain();
                keep(view);
            }
        }
        return length;
    }

    private int tryGet(View view, ReadScratch scratch, long key, MemorySegment into, long offset) {
        CellIndex index = view.index();
        long position = view.find(key);
        long entry = index.entry(position);
        if (!index.isOf(key, position, entry)) {
            return CHANGED;
        }
        if (CellIndex.place(entry) < 0) {
            return isCurrent(view, position, entry) ? absent() : CHANGED;
        }
        if (CellIndex.isResident(entry)) {
            return copyResident(view, position, key, entry, into, offset);
        }
        int found = disk.read(scratch, key, entry);
        if (found <= 0) {
            return found < 0 ? CHANGED : ValueTable.NONE;
        }
        requireRoom(key, scratch.row.length, into, offset);
        RawMemory.copy(scratch.row.address, into, offset, scratch.row.length);
        table.intake().promote(entry, scratch.row);
        return scratch.row.length;
    }

    private int copyResident(View view, long position, long key, long entry, MemorySegment into, long offset) {
        long slot = CellIndex.place(entry);
        long lengthAndExpiry = slab.lengthAndExpiry(slot);
        VarHandle.acquireFence();
        if (!isCurrent(view, position, entry)) {
            return changed();
        }
        int length = (int) lengthAndExpiry;
        if (expires && !table.isLiveUntil((int) (lengthAndExpiry >>> Integer.SIZE))) {
            return absent();
        }
        requireRoom(key, length, into, offset);
        RawMemory.copy(slab.address(slot), into, offset, length);
        VarHandle.acquireFence();
        if (!isCurrent(view, position, entry)) {
            return changed();
        }
        counters.resident.increment();
        if (counted) {
            view.index().countRead(position, view.index().entry(position));
        }
        return length;
    }

    @SuppressWarnings("ReferenceEquality") // A view has no value; each is another.
    private boolean isCurrent(View view, long position, long entry) {
        return CellIndex.isSame(view.index().entry(position), entry) && table.view() == view;
    }

    private int absent() {
        counters.absent.increment();
        return ValueTable.NONE;
    }

    private int changed() {
        counters.retries.increment();
        Thread.onSpinWait();
        return CHANGED;
    }

    private void requireRoom(long key, int length, MemorySegment into, long offset) {
        if (length > into.byteSize() - offset) {
            throw new IllegalArgumentException("the value of key " + key + " of table "
                    + table.spec().name() + " has " + length + " bytes, and there is room for "
                    + (into.byteSize() - offset) + "; give room for "
                    + table.spec().rowBytes());
        }
    }

    /** What addresses point to stays while they are in use. */
    @SuppressWarnings("ReachabilityFenceUsage") // Called in finally blocks.
    private void keep(View view) {
        Reference.reachabilityFence(view);
        Reference.reachabilityFence(this);
    }

    /** @return the end of the last value */
    long getBatch(long[] keys, int count, MemorySegment into, long offset, int[] lengths) {
        ReadScratch scratch = scratches.get();
        long end = 0;
        for (int from = 0; from < count; from += ReadScratch.BLOCK) {
            int n = Math.min(ReadScratch.BLOCK, count - from);
            View view = table.view();
            try {
                end = getBlock(view, scratch, keys, from, n, into, offset, end, lengths);
            } finally {
                keep(view);
            }
        }
        return offset + end;
    }

    /**
     * Index lines, entries, values' lines, what is on disk, and then one value after the other from the caches.
     *
     * @param before the end of the values of earlier blocks, from {@code offset} on
     */
    private long getBlock(
            View view,
            ReadScratch scratch,
            long[] keys,
            int from,
            int n,
            MemorySegment into,
            long offset,
            long before,
            int[] lengths) {
        TableReads.findEntries(view, scratch, keys, from, n);
        int misses = touchValues(scratch, n);
        byte[][] fetched = misses == 0 ? NO_VALUES : fetch(scratch, keys, from, misses, lengths);
        long end = before;
        int next = 0;
        for (int i = 0; i < n; i++) {
            long at = offset + ValueTable.aligned(end);
            if (next < misses && scratch.misses[next] == i) {
                give(keys[from + i], fetched[next++], lengths[from + i], into, at);
            } else {
                lengths[from + i] = read(view, scratch, i, keys[from + i], into, at);
            }
            end = lengths[from + i] < 0 ? end : at - offset + lengths[from + i];
        }
        return end;
    }

    private void give(long key, byte[] value, int length, MemorySegment into, long at) {
        if (length > 0) {
            requireRoom(key, length, into, at);
            MemorySegment.copy(value, 0, into, ValueLayout.JAVA_BYTE, at, length);
            if (table.spec().personal()) {
                Arrays.fill(value, (byte) 0);
            }
        }
    }

    private int read(View view, ReadScratch scratch, int i, long key, MemorySegment into, long at) {
        long entry = scratch.entries[i];
        int length = CellIndex.isResident(entry)
                ? copyResident(view, scratch.positions[i], key, entry, into, at)
                : absentOrChanged(view, scratch, i);
        return length == CHANGED ? get(key, into, at) : length;
    }

    private int absentOrChanged(View view, ReadScratch scratch, int i) {
        return isCurrent(view, scratch.positions[i], scratch.entries[i]) ? absent() : CHANGED;
    }

    /** @return how many values are on disk, which the scratch lists */
    private int touchValues(ReadScratch scratch, int n) {
        long touched = 0;
        int misses = 0;
        for (int i = 0; i < n; i++) {
            long entry = scratch.entries[i];
            if (CellIndex.isResident(entry)) {
                touched += slab.lengthAndExpiry(CellIndex.place(entry));
            } else if (CellIndex.place(entry) >= 0) {
                scratch.places[misses] = CellIndex.place(entry);
                scratch.misses[misses++] = i;
            }
        }
        scratch.sink = touched;
        return misses;
    }

    /**
     * Reads the values that the scratch lists, and sets their lengths. How long a value on disk is, nobody knows before: each is
     * read into an array of its own.
     */
    private byte[][] fetch(ReadScratch scratch, long[] keys, int from, int misses, int[] lengths) {
        byte[][] fetched = new byte[misses][];
        int[] listed = scratch.misses;
        IntConsumer one = m -> {
            int i = from + listed[m];
            byte[] room = scratches.get().bytesOf(table.spec().rowBytes());
            lengths[i] = get(keys[i], MemorySegment.ofArray(room), 0);
            fetched[m] = lengths[i] > 0 ? Arrays.copyOf(room, lengths[i]) : NOTHING;
            if (table.spec().personal()) {
                Arrays.fill(room, 0, Math.max(0, lengths[i]), (byte) 0);
            }
        };
        if (misses >= TableReads.WORTH_SHARING) {
            BatchReads.prefetch(scratch, misses);
            pool.forEach(misses, one);
        } else {
            for (int m = 0; m < misses; m++) {
                one.accept(m);
            }
        }
        return fetched;
    }
}
