package dev.millrace.storage.tiered;

import dev.millrace.kernels.RawMemory;
import dev.millrace.storage.FoundRows;
import dev.millrace.storage.RowMatrix;
import dev.millrace.storage.memory.CellIndex;
import dev.millrace.storage.memory.RowSlab;

import java.lang.foreign.MemorySegment;
import java.lang.invoke.VarHandle;
import java.lang.ref.Reference;
import java.util.Objects;

/** A table of exact rows that are in memory alone, read where they lie: the phases of {@link TableReads} without the copy. Thread-safe. */
final class RowsInPlace implements RowMatrix {
    private final TieredTable table;
    private final RowSlab slab;
    private final TierCounters counters;

    RowsInPlace(TieredTable table, RowSlab slab, TierCounters counters) {
        this.table = table;
        this.slab = slab;
        this.counters = counters;
    }

    @Override
    public MemorySegment memory() {
        return slab.memory();
    }

    @Override
    public int slots() {
        return slab.capacity();
    }

    @Override
    public int pitch() {
        return slab.stride();
    }

    @Override
    public int find(long[] keys, int count, FoundRows rows) {
        Objects.checkFromIndexSize(0, count, keys.length);
        Objects.checkFromIndexSize(0, count, rows.most());
        ReadScratch scratch = table.scratch();
        View view = table.view();
        rows.begin(view);
        int found = 0;
        try {
            for (int from = 0; from < count; from += ReadScratch.BLOCK) {
                int n = Math.min(ReadScratch.BLOCK, count - from);
                TableReads.findEntries(view, scratch, keys, from, n);
                touch(scratch, n);
                found += rows.add(scratch.positions, scratch.entries, n);
            }
        } finally {
            keep(view);
        }
        counters.resident.add(found);
        if (found < count) {
            counters.absent.add(count - found);
        }
        return found;
    }

    /** Whoever reads in place reads one row after the other, and would wait for each. */
    private void touch(ReadScratch scratch, int n) {
        for (int i = 0; i < n; i++) {
            scratch.addresses[i] = slab.address(Math.max(0, CellIndex.place(scratch.entries[i])));
        }
        scratch.sink = RawMemory.touchAll(scratch.addresses, n, slab.stride());
    }

    @Override
    public boolean areUnchanged(FoundRows rows) {
        VarHandle.acquireFence();
        View view = table.view();
        try {
            boolean unchanged = rows.areIn(view);
            if (!unchanged) {
                counters.retries.increment();
            }
            return unchanged;
        } finally {
            keep(view);
        }
    }

    /** What addresses point to stays while they are in use. */
    @SuppressWarnings("ReachabilityFenceUsage") // Called in finally blocks.
    private void keep(View view) {
        Reference.reachabilityFence(view);
        Reference.reachabilityFence(this);
    }
}
