package dev.millrace.storage.tiered;

import dev.millrace.kernels.RawMemory;
import dev.millrace.storage.memory.CellIndex;
import dev.millrace.storage.segment.RecordBatch;
import dev.millrace.storage.segment.SegmentFormat;
import dev.millrace.storage.segment.StoredRow;

import java.io.IOException;
import java.lang.foreign.MemorySegment;

/**
 * Reads what a batch lacks in memory from disk in one go, while the rest of it is copied. Thread-safe.
 *
 * <p>What the disk gives is the row that the key had when its entry was read; whether that is so, the record's own table, key and checksum
 * say.
 */
final class BatchReads {
    private final TieredTable table;
    private final TierCounters counters;
    private final ReadPool pool;
    private final int rowBytes;
    private final boolean expires;
    /** Longer records, and those to be decrypted, are read on their own anyway. */
    private final boolean fitsPages;
    /** Fewer are read on their own: a thread that is asked takes longer than a read or two. A ring asks for one as for many. */
    private final int least;

    BatchReads(TieredTable table, TierCounters counters, ReadPool pool) {
        this.table = table;
        this.counters = counters;
        this.pool = pool;
        this.rowBytes = table.spec().rowBytes();
        this.expires = !table.spec().ttl().isZero();
        this.fitsPages = !table.spec().personal() && SegmentFormat.recordBytes(rowBytes) <= SegmentFormat.PAGE_BYTES;
        this.least = pool.access() == StoreStat.Access.RING ? 1 : TableReads.WORTH_SHARING;
    }

    /**
     * Has those rows of a block read that lie on disk by the entries in the scratch. {@link #finish} or {@link #abandon} is to follow.
     *
     * @param n how many keys the block has
     */
    void begin(ReadScratch scratch, int n) {
        scratch.onDiskCount = 0;
        scratch.batch = null;
        if (TableReads.areAllResident(scratch.entries, n)) {
            return;
        }
        int count = listOnDisk(scratch, n);
        if (count >= TableReads.WORTH_SHARING) {
            prefetch(scratch, count);
        }
        RecordBatch batch = fitsPages && count >= least ? pool.takeBatch() : null;
        if (batch == null) {
            return;
        }
        boolean begun = false;
        try {
            scratch.began = System.nanoTime();
            batch.begin(scratch.places, count);
            begun = true;
            scratch.batch = batch;
            counters.diskReads.add(batch.reads());
            counters.diskPages.add(batch.pages());
        } catch (IOException e) {
            // Whatever it is, reading one by one tells which file has it.
        } finally {
            if (!begun) {
                pool.giveBack(batch);
            }
        }
    }

    private static int listOnDisk(ReadScratch scratch, int n) {
        int count = 0;
        for (int i = 0; i < n; i++) {
            long entry = scratch.entries[i];
            if (CellIndex.place(entry) >= 0 && !CellIndex.isResident(entry)) {
                scratch.places[count] = CellIndex.place(entry);
                scratch.onDisk[count++] = i;
            }
        }
        scratch.onDiskCount = count;
        return count;
    }

    /** What lies below the disk comes while the disk is read, and all of it at once. */
    static void prefetch(ReadScratch scratch, int count) {
        for (int n = 0; n < count; n++) {
            scratch.records.prefetch(scratch.places[n]);
        }
    }

    /** Nobody wants any more what was begun. */
    void abandon(ReadScratch scratch) {
        RecordBatch batch = scratch.batch;
        if (batch != null) {
            scratch.batch = null;
            pool.giveBack(batch);
        }
    }

    /**
     * Takes up what was begun, as it comes: the rows go to where the caller wants them, and are offered to memory.
     *
     * @param misses how many keys the scratch lists that memory did not answer
     * @param from the first key of the block
     * @param offset where its row goes, each of the others a pitch behind the one before
     * @return how many are still to be read one by one; {@link ReadScratch#rest} lists them, and {@link ReadScratch#found} says which of
     *     the others are there
     */
    int finish(ReadScratch scratch, int misses, long[] keys, int from, MemorySegment into, long offset, long pitch) {
        RecordBatch batch = scratch.batch;
        if (batch == null) {
            System.arraycopy(scratch.misses, 0, scratch.rest, 0, misses);
            return misses;
        }
        for (int n = 0; n < scratch.onDiskCount; n++) {
            scratch.answered[scratch.onDisk[n]] = false;
        }
        int taken = 0;
        long came = scratch.began;
        try {
            for (int n = batch.next(); n != RecordBatch.NONE; n = batch.next()) {
                int i = scratch.onDisk[n];
                if (take(scratch, batch, n, keys[from + i], into, offset + i * pitch)) {
                    scratch.answered[i] = true;
                    taken++;
                }
            }
        } catch (IOException e) {
            // As above; what has come before is whole.
        } finally {
            came = taken == 0 ? came : batch.cameNanos();
            scratch.batch = null;
            pool.giveBack(batch);
        }
        // What is done with the rows is not the disk's time; how long pages lay there before somebody looked, cannot be
        // told.
        counters.diskNanos.add((came - scratch.began) * taken);
        counters.fromDisk.add(taken);
        counters.diskBytes.add((long) taken * rowBytes);
        return listRest(scratch, misses);
    }

    /** @return false where it is to be read on its own, which tells what is wrong with it */
    private boolean take(ReadScratch scratch, RecordBatch batch, int n, long key, MemorySegment into, long at) {
        StoredRow row = scratch.row;
        if (!batch.row(n, row) || row.removal || row.key != key || row.table != table.id() || row.length != rowBytes) {
            return false;
        }
        int i = scratch.onDisk[n];
        boolean live = !expires || table.isLiveUntil(row.expiry);
        scratch.found[i] = live;
        if (live) {
            RawMemory.copy(row.address, into, at, rowBytes);
            table.intake().promote(scratch.entries[i], row);
        } else {
            MemorySegment ignored = into.asSlice(at, rowBytes).fill((byte) 0);
        }
        return true;
    }

    /** The misses that the batch has not answered: what was on disk, and what was in memory and has changed. */
    private static int listRest(ReadScratch scratch, int misses) {
        int left = 0;
        int next = 0;
        for (int m = 0; m < misses; m++) {
            int i = scratch.misses[m];
            boolean wasOnDisk = next < scratch.onDiskCount && scratch.onDisk[next] == i;
            next += wasOnDisk ? 1 : 0;
            if (!wasOnDisk || !scratch.answered[i]) {
                scratch.rest[left++] = i;
            }
        }
        return left;
    }
}
