package dev.millrace.storage.tiered;

import dev.millrace.kernels.RawMemory;
import dev.millrace.model.ErrorCode;
import dev.millrace.model.MillraceException;
import dev.millrace.storage.memory.CellIndex;
import dev.millrace.storage.segment.Segments;
import dev.millrace.storage.segment.StoreLog;

import java.lang.foreign.MemorySegment;
import java.time.Duration;
import java.util.concurrent.locks.LockSupport;
import java.util.concurrent.locks.ReentrantLock;

/**
 * The rows of a table as they were at one moment, visited while writers go on. Owned by the visiting thread, but for {@link #keep}.
 *
 * <p>Idea: a record in a segment never changes, so a snapshot need not copy rows that are written over: it is enough to know where the
 * old one lies. While it is open, a writer that changes a key for the first time notes where its row was, and no segment is
 * deleted. The visit goes through the cells of the index as it was, a portion at a time under the table's lock: a key that was
 * noted is read at its old place, another as it is now, which is as it was.
 *
 * <p>Cost: 16 to 32 bytes for each key that is changed before its turn, up to a bound at which the visit fails and writers go on;
 * the disk of segments that packing has emptied meanwhile; and the lock for some hundred rows at a time.
 */
final class TableSnapshot implements AutoCloseable {
    /** Keys that may change before their turn: some 30 MB. */
    static final int MOST_CHANGES = 1 << 20;

    private static final int PORTION_ROWS = 256;
    private static final int PORTION_CELLS = 4096;
    private static final int PORTION_BYTES = 256 << 10;
    /** The place of a key that had no row. */
    private static final long ABSENT = CellIndex.MAX_PLACE;
    /** The offset of a row that is to be read from disk. */
    private static final int ON_DISK = -1;
    /** How long a visit waits for one row of the cold tier, and how often it asks. */
    private static final Duration PATIENCE = Duration.ofSeconds(30);

    private static final long PAUSE_NANOS = 5_000_000;

    private final TieredTable table;
    private final ReentrantLock lock;
    private final ResidentRows residents;
    private final StoreLog log;
    private final Segments segments;
    private final DiskReads disk;
    private final ReadScratch scratch;
    private final int mostChanges;

    private final long[] keys = new long[PORTION_ROWS];
    private final long[] places = new long[PORTION_ROWS];
    private final int[] offsets = new int[PORTION_ROWS];
    private final int[] lengths = new int[PORTION_ROWS];
    private final MemorySegment copies;

    // Guarded by the table's lock.
    private CellIndex index;
    private long reached;
    private CellIndex before = CellIndex.sizedFor(64);
    private long changes;

    /** Sees one row; the memory is valid only during the call. */
    @FunctionalInterface
    interface Visitor {
        void visit(long key, MemorySegment rows, long offset, int length);
    }

    TableSnapshot(
            TieredTable table, ResidentRows residents, TieredTable.Shared shared, DiskReads disk, int mostChanges) {
        this.table = table;
        this.lock = table.lock();
        this.residents = residents;
        this.log = shared.log();
        this.segments = shared.segments();
        this.disk = disk;
        this.scratch = new ReadScratch(segments);
        this.mostChanges = mostChanges;
        this.copies = MemorySegment.ofArray(
                new byte[Math.max(PORTION_BYTES, table.spec().rowBytes())]);
        table.upkeep().settle();
        segments.pin();
        lock.lock();
        try {
            index = table.view().index();
            reached = index.start();
            table.opened(this);
        } finally {
            lock.unlock();
        }
    }

    /** Notes where the row of a key was, which is about to change. The caller has the lock. */
    void keep(long key, CellIndex of, long position, long place) {
        boolean isBehind = of == index && position < reached;
        if (isBehind || changes > mostChanges) {
            return;
        }
        if (before.isFull()) {
            before = new View(before).enlarged(before.usedCells()).index();
        }
        long at = before.find(key, before.home(key));
        if (before.entry(at) == CellIndex.EMPTY && ++changes <= mostChanges) {
            before.set(at, key, CellIndex.next(0, false, place < 0 ? ABSENT : place));
        }
    }

    /**
     * Visits the rows, in no particular order.
     *
     * @throws MillraceException {@code CONFLICT} where too many keys were changed meanwhile
     */
    void forEach(Visitor visitor) {
        boolean more = true;
        while (more) {
            int count = lookAtPortion();
            visit(count, visitor);
            more = isUnfinished();
        }
    }

    private boolean isUnfinished() {
        lock.lock();
        try {
            return reached < index.end();
        } finally {
            lock.unlock();
        }
    }

    /** @return how many rows were found, which the arrays tell */
    private int lookAtPortion() {
        lock.lock();
        try {
            if (changes > mostChanges) {
                throw new MillraceException(
                        ErrorCode.CONFLICT,
                        "table " + table.spec().name() + ": more than " + mostChanges
                                + " keys were changed while its rows were visited; visit it when less is written");
            }
            int count = 0;
            long copied = 0;
            long end = Math.min(index.end(), reached + (long) PORTION_CELLS * CellIndex.CELL_BYTES);
            int largest = table.spec().rowBytes();
            while (reached < end && count < PORTION_ROWS && copied + largest <= copies.byteSize()) {
                if (index.entry(reached) != CellIndex.EMPTY && find(index.key(reached), count, copied)) {
                    copied += offsets[count] == ON_DISK ? 0 : lengths[count];
                    count++;
                }
                reached += CellIndex.CELL_BYTES;
            }
            return count;
        } finally {
            lock.unlock();
        }
    }

    /** Finds a key's row as it was, and copies it where it is in memory. @return whether there was one */
    private boolean find(long key, int at, long copied) {
        long noted = CellIndex.place(before.entry(before.find(key, before.home(key))));
        if (noted == ABSENT) {
            return false;
        }
        keys[at] = key;
        places[at] = noted;
        offsets[at] = ON_DISK;
        if (noted >= 0) {
            return true;
        }
        View now = table.view();
        long entry = now.index().entry(now.find(key));
        if (CellIndex.place(entry) < 0) {
            return false;
        }
        places[at] = table.homeOf(entry);
        if (CellIndex.isResident(entry) && residents.isExact()) {
            long slot = CellIndex.place(entry);
            if (!residents.isLive(slot, table)) {
                return false;
            }
            lengths[at] = residents.copy(slot, copies, copied);
            offsets[at] = (int) copied;
        }
        return true;
    }

    private void visit(int count, Visitor visitor) {
        for (int i = 0; i < count; i++) {
            if (offsets[i] != ON_DISK) {
                visitor.visit(keys[i], copies, offsets[i], lengths[i]);
            } else if (read(keys[i], places[i])) {
                MemorySegment row = RawMemory.view(scratch.row.address, scratch.row.length);
                visitor.visit(keys[i], row, 0, scratch.row.length);
                scratch.forgetPlain();
            }
        }
    }

    private boolean read(long key, long place) {
        if (!log.isWritten(place)) {
            log.awaitWritten();
        }
        int found = readPatiently(key, CellIndex.next(0, false, place));
        if (found < 0) {
            throw new MillraceException(
                    ErrorCode.STORAGE_FAILED,
                    "table " + table.spec().name() + ": the row that key " + key
                            + " had when the visit began cannot be read; verify the store");
        }
        return found > 0;
    }

    /** A visit leaves no row out: it waits for what the cold tier is late with. */
    private int readPatiently(long key, long entry) {
        long end = System.nanoTime() + PATIENCE.toNanos();
        int found = disk.read(scratch, key, entry);
        while (scratch.absence == RowOutcome.DEGRADED) {
            if (System.nanoTime() - end >= 0) {
                throw new MillraceException(
                        ErrorCode.UNAVAILABLE,
                        "table " + table.spec().name() + ": the cold tier did not give the row of key " + key + " in "
                                + PATIENCE + "; visit the rows again when it works");
            }
            LockSupport.parkNanos(PAUSE_NANOS);
            found = disk.read(scratch, key, entry);
        }
        return found;
    }

    @Override
    public void close() {
        if (table.spec().personal()) {
            copies.fill((byte) 0);
        }
        lock.lock();
        try {
            table.closed(this);
        } finally {
            lock.unlock();
        }
        segments.unpin();
    }
}
