package dev.millrace.storage.tiered;

import dev.millrace.kernels.RawMemory;
import dev.millrace.model.MillraceException;
import dev.millrace.storage.memory.CellIndex;
import dev.millrace.storage.memory.Slab;
import dev.millrace.storage.segment.DamageException;
import dev.millrace.storage.segment.Segments;
import dev.millrace.storage.segment.StoredRow;

import java.lang.foreign.MemorySegment;
import java.lang.invoke.VarHandle;
import java.lang.ref.Reference;
import java.nio.ByteBuffer;
import java.util.concurrent.locks.ReentrantLock;

/** What the store itself does with a table: fills its memory, moves its rows, forgets what is over, saves its index. Thread-safe. */
final class TableUpkeep {
    /** Some tenths of a millisecond. */
    private static final int CELLS_A_TURN = 4096;
    /** So many turns are taken one after the other. */
    private static final int TURNS = 32;
    /** Rows that are taken in together: some hundredths of a millisecond. */
    static final int TOGETHER = 128;

    private final TieredTable table;
    private final TableSpec spec;
    private final ReentrantLock lock;
    private final ResidentRows residents;
    private final Segments segments;
    /** Guarded by the lock. */
    private final long[] keys = new long[TOGETHER];

    private final long[] homes = new long[TOGETHER];
    /** Takes what loads give that only fill the cache. */
    @SuppressWarnings("UnusedVariable")
    private long sink;

    TableUpkeep(TieredTable table, ReentrantLock lock, ResidentRows residents, Segments segments) {
        this.table = table;
        this.spec = table.spec();
        this.lock = lock;
        this.residents = residents;
        this.segments = segments;
    }

    /**
     * Puts the index of a start into memory of its own, with what the log changed, all of it compared with its checksums; writers go on
     * meanwhile.
     */
    void settle() {
        while (settleSome()) {
            Thread.onSpinWait();
        }
    }

    /** A part of {@link #settle}, of some milliseconds. @return whether something is left to do */
    boolean settleSome() {
        View now = table.view();
        if (now.isSettled()) {
            return false;
        }
        if (now.verifySome()) {
            return true;
        }
        for (int turn = 0; turn < TURNS && !table.view().isSettled(); turn++) {
            lock.lock();
            try {
                if (!table.view().isSettled()) {
                    table.growIndex(CELLS_A_TURN);
                }
            } finally {
                lock.unlock();
            }
        }
        return !table.view().isSettled();
    }

    /**
     * Takes rows into memory that lie there in segments, after a start.
     *
     * @param rows as many as {@link #TOGETHER} at most
     * @return false where there is no room left
     */
    boolean warm(StoredRow[] rows, int count) {
        if (spec.placement() == Placement.COLD) {
            return false;
        }
        lock.lock();
        try {
            if (table.view().isSettled()) {
                touchCells(rows, count);
            }
            for (int i = 0; i < count; i++) {
                if (!warm(rows[i])) {
                    return false;
                }
            }
            return true;
        } finally {
            lock.unlock();
        }
    }

    /** The loads of this loop overlap; those of the searches would not. */
    private void touchCells(StoredRow[] rows, int count) {
        for (int i = 0; i < count; i++) {
            keys[i] = rows[i].key;
        }
        table.view().index().homes(keys, 0, count, homes);
        sink += RawMemory.touchAll(homes, count, 1);
    }

    /** @return false where there is no room left */
    private boolean warm(StoredRow row) {
        long position = table.view().find(row.key);
        long entry = table.view().index().entry(position);
        if (CellIndex.isResident(entry) || CellIndex.place(entry) != row.place || isExpired(row)) {
            return true;
        }
        PersonalRows personal = table.personal();
        if (personal == null) {
            return place(position, row, RawMemory.view(row.address, row.length));
        }
        MemorySegment plain = personal.open(row);
        if (plain == null) {
            return true;
        }
        try {
            return place(position, row, plain);
        } finally {
            plain.fill((byte) 0);
        }
    }

    /** @return false where there is no room left */
    private boolean place(long position, StoredRow row, MemorySegment value) {
        if (!residents.canHold(value, 0)) {
            return true;
        }
        long slot = residents.takeFreeSlot(row.length);
        if (slot < 0) {
            return false;
        }
        residents.place(slot, position, row, value, 0);
        return true;
    }

    /**
     * Moves a key's row to another place in segments, unless it has changed.
     *
     * @return whether it was there
     */
    boolean moved(long key, long from, long to) {
        lock.lock();
        try {
            long position = table.view().find(key);
            CellIndex index = table.view().index();
            long entry = index.entry(position);
            if (CellIndex.place(entry) < 0 || table.homeOf(entry) != from) {
                return false;
            }
            if (CellIndex.isResident(entry)) {
                residents.slab().setHome(CellIndex.place(entry), to);
            } else {
                table.view().set(position, key, CellIndex.next(entry, false, to));
            }
            segments.countDead(from);
            return true;
        } finally {
            lock.unlock();
        }
    }

    /** Where the key's row lies in segments; −1 where it has none. */
    long placeOf(long key) {
        lock.lock();
        try {
            long entry = table.view().index().entry(table.view().find(key));
            return CellIndex.place(entry) < 0 ? -1 : table.homeOf(entry);
        } finally {
            lock.unlock();
        }
    }

    /** Whether the key's row lies there in segments. */
    boolean isAt(long key, long place) {
        return placeOf(key) == place;
    }

    /** Whether the key has a row, be its time over or not. */
    boolean contains(long key) {
        return placeOf(key) >= 0;
    }

    boolean isExpired(StoredRow row) {
        return !spec.ttl().isZero() && !table.isLiveUntil(row.expiry);
    }

    /**
     * Forgets a row whose time is over, where it is the newest of its key. Its record stays: after a crash it may be back, and is
     * hidden again.
     *
     * @return whether it was there and its time is over
     */
    boolean expire(StoredRow row) {
        if (!isExpired(row)) {
            return false;
        }
        lock.lock();
        try {
            long position = table.view().find(row.key);
            long entry = table.view().index().entry(position);
            if (CellIndex.place(entry) < 0 || table.homeOf(entry) != row.place) {
                return false;
            }
            table.takeOut(row.key, position, entry);
            return true;
        } finally {
            lock.unlock();
        }
    }

    /**
     * Counts all records as no longer wanted.
     *
     * @throws MillraceException {@code STORAGE_FAILED} when all are counted that are not in a damaged block of the index
     */
    void dropped() {
        try {
            settle();
        } catch (MillraceException e) {
            // Damage is found before anything is copied: what is sound is counted all the same.
            if (!(e.getCause() instanceof DamageException)) {
                throw e;
            }
        }
        lock.lock();
        try {
            table.view().visitCounted(entry -> segments.countDead(table.homeOf(entry)));
        } finally {
            lock.unlock();
        }
    }

    /**
     * The index. What has reached the log so far is in it when this returns, where it was not refused: some change it behind the log, under
     * the table's lock.
     */
    CellIndex indexBehindWriters() {
        lock.lock();
        try {
            return table.view().index();
        } finally {
            lock.unlock();
        }
    }

    /**
     * Writes cells for an index file, see {@link dev.millrace.storage.segment.IndexFile.Places}. The table is settled. Writers go on
     * meanwhile: each cell is as it was at some moment of its own.
     */
    @SuppressWarnings("ReachabilityFenceUsage") // The memory stays while it is read, even if the index is replaced.
    boolean copyCells(CellIndex index, long from, int cells, ByteBuffer into) {
        touchHomes(from, cells);
        for (int i = 0; i < cells; i++) {
            copyCell(index, from + (long) i * CellIndex.CELL_BYTES, into);
        }
        boolean current = table.view().index() == index;
        Reference.reachabilityFence(index);
        return current;
    }

    /** Reads a cell as readers do: while its entry is the same as before, the slot that it names is the key's. */
    private void copyCell(CellIndex index, long position, ByteBuffer into) {
        long entry = index.entry(position);
        long cell = cellOnDisk(entry);
        VarHandle.loadLoadFence();
        long now = index.entry(position);
        while (!CellIndex.isSame(entry, now)) {
            entry = now;
            cell = cellOnDisk(entry);
            VarHandle.loadLoadFence();
            now = index.entry(position);
        }
        into.putLong(entry == CellIndex.EMPTY ? 0 : index.key(position));
        into.putLong(cell);
    }

    /** The loads of this loop overlap; with a cell written between them, fewer would. */
    private void touchHomes(long from, int cells) {
        Slab slab = residents.slab();
        long sum = 0;
        for (long position = from;
                position < from + (long) cells * CellIndex.CELL_BYTES;
                position += CellIndex.CELL_BYTES) {
            long entry = RawMemory.getLong(position + CellIndex.ENTRY_OFFSET);
            sum += CellIndex.isResident(entry) ? slab.home(CellIndex.place(entry)) : 0;
        }
        sink += sum;
    }

    private long cellOnDisk(long entry) {
        if (entry == CellIndex.EMPTY) {
            return CellIndex.EMPTY;
        }
        return CellIndex.next(0, false, CellIndex.place(entry) < 0 ? -1 : table.homeOf(entry));
    }
}
