package dev.millrace.storage.tiered;

import dev.millrace.kernels.RawMemory;
import dev.millrace.storage.segment.StoredRow;
import org.jspecify.annotations.Nullable;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.util.Arrays;
import java.util.Objects;
import java.util.concurrent.locks.ReentrantLock;

/**
 * Copies of rows that readers read from disk, until somebody takes them into memory: bounded in rows and bytes, and never waited
 * for by who offers. Any thread offers, one takes.
 *
 * <p>Two portions take turns: readers fill one while what is in the other is taken into memory.
 */
final class PromotionQueue {
    /** Of a portion. A disk that is read as fast as it can gives some 70 rows in a millisecond. */
    static final int MOST_ROWS = 1024;
    /** Of a portion, which so has room for the longest value that a table may have. */
    static final int MOST_BYTES = 1 << 20;

    private final ReentrantLock lock = new ReentrantLock();
    private Portion filled = new Portion();
    private Portion taken = new Portion();

    /** Rows, each with the table and the entry that it was read by. Guarded by the queue's lock, or owned by who took it. */
    static final class Portion {
        private final @Nullable TieredTable[] tables = new TieredTable[MOST_ROWS];
        private final long[] entries = new long[MOST_ROWS];
        private final long[] keys = new long[MOST_ROWS];
        private final long[] places = new long[MOST_ROWS];
        private final int[] lengths = new int[MOST_ROWS];
        private final int[] expiries = new int[MOST_ROWS];
        private final int[] offsets = new int[MOST_ROWS];
        /** Made by the first row: most stores read nothing from disk. */
        private MemorySegment bytes = MemorySegment.NULL;

        private int count;
        private int end;

        private boolean add(TieredTable table, long entry, StoredRow row) {
            if (count == MOST_ROWS || row.length > MOST_BYTES - end) {
                return false;
            }
            if (bytes.byteSize() == 0) {
                bytes = Arena.ofAuto().allocate(MOST_BYTES, Long.BYTES);
            }
            RawMemory.copy(row.address, bytes, end, row.length);
            tables[count] = table;
            entries[count] = entry;
            keys[count] = row.key;
            places[count] = row.place;
            lengths[count] = row.length;
            expiries[count] = row.expiry;
            offsets[count++] = end;
            end += (row.length + Long.BYTES - 1) & -Long.BYTES;
            return true;
        }

        int count() {
            return count;
        }

        TieredTable table(int i) {
            return Objects.requireNonNull(tables[i]);
        }

        long entry(int i) {
            return entries[i];
        }

        /** Lets a row be the one that was offered, without whose it is: personal rows are not offered. */
        void moveTo(int i, StoredRow row) {
            row.key = keys[i];
            row.place = places[i];
            row.length = lengths[i];
            row.expiry = expiries[i];
            row.address = bytes.address() + offsets[i];
        }

        private void clear() {
            // A table that was dropped goes when nobody has it.
            Arrays.fill(tables, 0, count, null);
            count = 0;
            end = 0;
        }
    }

    /** @return false where there is no room, or somebody else is at it at this moment: the row is not taken */
    boolean offer(TieredTable table, long entry, StoredRow row) {
        if (!lock.tryLock()) {
            return false;
        }
        try {
            return filled.add(table, entry, row);
        } finally {
            lock.unlock();
        }
    }

    /** What was offered since the last time, until the next: what was taken before is forgotten. */
    Portion take() {
        taken.clear();
        lock.lock();
        try {
            Portion full = filled;
            filled = taken;
            taken = full;
            return full;
        } finally {
            lock.unlock();
        }
    }

    boolean isEmpty() {
        lock.lock();
        try {
            return filled.count == 0;
        } finally {
            lock.unlock();
        }
    }
}
