package dev.millrace.storage.tiered;

import dev.millrace.kernels.RawMemory;
import dev.millrace.storage.memory.CellIndex;
import dev.millrace.storage.segment.RecordBatch;
import dev.millrace.storage.segment.SegmentFormat;
import dev.millrace.storage.segment.StoredRow;

import java.io.IOException;
import java.lang.foreign.MemorySegment;

/** Reads what a batch lacks in memory from disk in one go. Thread-safe. */
final class BatchReads {
    private final TieredTable table;
    private final TierCounters counters;
    private final ReadPool pool;
    private final int rowBytes;
    private final boolean expires;
    /** Longer records, and those to be decrypted, are read on their own anyway. */
    private final boolean fitsPages;

    BatchReads(TieredTable table, TierCounters counters, ReadPool pool) {
        this.table = table;
        this.counters = counters;
        this.pool = pool;
        this.rowBytes = table.spec().rowBytes();
        this.expires = !table.spec().ttl().isZero();
        this.fitsPages = !table.spec().personal() && SegmentFormat.recordBytes(rowBytes) <= SegmentFormat.PAGE_BYTES;
    }

    /** Where the rows of a block go: the first at the offset, each a pitch behind the one before. */
    record Target(long[] keys, int from, MemorySegment into, long offset, long pitch) {}

    /**
     * Reads those of the listed rows that lie on disk.
     *
     * @param misses how many rows the scratch lists
     * @return how many are still to be read one by one; {@link ReadScratch#rest} lists them, and {@link ReadScratch#found}
     *     says which of the others are there
     */
    int read(ReadScratch scratch, int misses, Target target) {
        prefetch(scratch, misses);
        RecordBatch batch = fitsPages ? pool.takeBatch() : null;
        if (batch == null) {
            System.arraycopy(scratch.misses, 0, scratch.rest, 0, misses);
            return misses;
        }
        int left = 0;
        int count = 0;
        for (int m = 0; m < misses; m++) {
            int i = scratch.misses[m];
            long entry = scratch.entries[i];
            if (CellIndex.place(entry) >= 0 && !CellIndex.isResident(entry)) {
                scratch.places[count] = CellIndex.place(entry);
                scratch.onDisk[count++] = i;
            } else {
                scratch.rest[left++] = i;
            }
        }
        boolean works = false;
        try {
            long began = System.nanoTime();
            batch.read(scratch.places, count);
            works = true;
            counters.diskNanos.add((System.nanoTime() - began) * count);
            counters.diskReads.add(batch.reads());
            counters.diskPages.add(batch.pages());
            left = take(scratch, batch, count, left, target);
        } catch (IOException e) {
            // Whatever it is, reading one by one tells which file has it.
            System.arraycopy(scratch.onDisk, 0, scratch.rest, left, count);
            left += count;
        } finally {
            pool.giveBack(batch, works);
        }
        return left;
    }

    /** What lies below the disk comes while the disk is read, and all of it at once. */
    static void prefetch(ReadScratch scratch, int misses) {
        for (int m = 0; m < misses; m++) {
            long entry = scratch.entries[scratch.misses[m]];
            if (CellIndex.place(entry) >= 0 && !CellIndex.isResident(entry)) {
                scratch.records.prefetch(CellIndex.place(entry));
            }
        }
    }

    private int take(ReadScratch scratch, RecordBatch batch, int count, int left, Target target) {
        StoredRow row = scratch.row;
        int rest = left;
        int taken = 0;
        for (int n = 0; n < count; n++) {
            int i = scratch.onDisk[n];
            long key = target.keys[target.from + i];
            if (!batch.row(n, row)
                    || row.removal
                    || row.key != key
                    || row.table != table.id()
                    || row.length != rowBytes) {
                scratch.rest[rest++] = i;
                continue;
            }
            taken++;
            MemorySegment value = RawMemory.view(row.address, rowBytes);
            boolean live = !expires || table.isLiveUntil(row.expiry);
            scratch.found[i] = live;
            MemorySegment into = target.into.asSlice(target.offset + i * target.pitch, rowBytes);
            if (live) {
                MemorySegment ignored = into.copyFrom(value);
                table.promote(scratch.entries[i], row);
            } else {
                MemorySegment ignored = into.fill((byte) 0);
            }
        }
        counters.fromDisk.add(taken);
        counters.diskBytes.add((long) taken * rowBytes);
        return rest;
    }
}
