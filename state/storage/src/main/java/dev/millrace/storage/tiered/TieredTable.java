package dev.millrace.storage.tiered;

import dev.millrace.model.ErrorCode;
import dev.millrace.model.MillraceException;
import dev.millrace.storage.RowMatrix;
import dev.millrace.storage.RowTable;
import dev.millrace.storage.ValueTable;
import dev.millrace.storage.memory.CellIndex;
import dev.millrace.storage.memory.ValueSlab;
import dev.millrace.storage.personal.PersonalCipher;
import dev.millrace.storage.personal.SubjectId;
import dev.millrace.storage.segment.Segments;
import dev.millrace.storage.segment.StoreLog;
import dev.millrace.storage.segment.StoredRow;
import org.jspecify.annotations.Nullable;

import java.lang.foreign.MemorySegment;
import java.lang.ref.Reference;
import java.util.Arrays;
import java.util.Objects;
import java.util.concurrent.locks.ReentrantLock;
import java.util.function.IntSupplier;

/**
 * A table of rows, all of them on disk and some in memory; or all in memory and none on disk. Thread-safe: reads take no lock, writes one. One of values of
 * variable size is used through {@link TieredValueTable}.
 *
 * <p>A write is visible at once and on disk when {@link TieredStore#awaitDurable} returns for the position that it gave.
 * Reads may therefore show what a crash takes back; whoever must not, waits first.
 */
public final class TieredTable implements RowTable {
    /** A batch is written in portions, between which readers that offer rows and other writers get their turn. */
    static final int PORTION = 256;

    private static final long PORTION_BYTES = 1 << 20;

    /** A crowded index has room for a fifth of its keys, and a copy of it must be done by then: 7 would do. */
    private static final int CELLS_A_WRITE = 16;
    /** Some dozens of milliseconds' worth. */
    private static final long PRE_TOUCHED_BYTES = 32L << 20;

    private final int id;
    private final TableSpec spec;
    private final StoreLog log;
    private final Segments segments;
    private final boolean durable;
    private final IntSupplier clock;
    private final TierCounters counters = new TierCounters();
    private final ReentrantLock lock = new ReentrantLock();
    /** Held for a portion's records; nothing but the table's own where no record is written. */
    private final ReentrantLock logLock;

    private final ResidentRows residents;
    private final @Nullable PersonalRows personal;
    private final RowErasure erasure;
    private final RowIntake intake;
    private final @Nullable TableReads reads;
    private final @Nullable RowMatrix matrix;
    private final TableUpkeep upkeep;
    /** What is being written. Guarded by the lock. */
    private final StoredRow written = new StoredRow();

    /** Records of the rows that were replaced. Guarded by the lock, and empty but while a portion is written. */
    private final Segments.DeadRecords dead;

    /** What is being written, encrypted. */
    private PersonalRows.@Nullable Sealed sealed;

    private final Shared shared;
    /** Those that are open now. Replaced under the lock. */
    private TableSnapshot[] snapshots = {};

    private volatile View view;
    /** At most, until the index is settled: what is in a delta and in the index counts twice. */
    private volatile long size;

    /** What a table shares with the others of its store. */
    record Shared(
            StoreLog log,
            Segments segments,
            ThreadLocal<ReadScratch> scratches,
            ReadPool pool,
            IntSupplier clock,
            FoundDamage damage,
            @Nullable PersonalCipher cipher) {}

    TieredTable(int id, TableSpec spec, Shared shared, View view, long size) {
        this.id = id;
        this.spec = spec;
        this.shared = shared;
        this.log = shared.log();
        this.segments = shared.segments();
        this.dead = segments.deadRecords();
        this.durable = spec.placement().isDurable();
        this.logLock = durable ? log.lock() : lock;
        this.clock = shared.clock();
        this.view = view;
        this.size = size;
        this.personal = spec.personal() ? new PersonalRows(id, spec, Objects.requireNonNull(shared.cipher())) : null;
        this.residents = new ResidentRows(spec, log, counters, view);
        this.upkeep = new TableUpkeep(this, lock, residents, segments);
        this.erasure = new RowErasure(this, residents, shared);
        this.intake = new RowIntake(this, residents, counters, shared.pool().promoter());
        RowCodec codec = residents.codec();
        this.reads = codec == null ? null : new TableReads(this, codec, counters, shared);
        // Such rows are exact and do not expire, see TableSpec.
        this.matrix = codec == null || durable ? null : new RowsInPlace(this, codec.slab(), counters);
    }

    /** Readers of values of variable size, where this is such a table. */
    ValueReads valueReads(Shared shared) {
        if (residents.slab() instanceof ValueSlab values) {
            return new ValueReads(this, values, counters, shared);
        }
        throw new IllegalStateException("table " + spec.name() + " has rows of one size");
    }

    private TableReads rowReads() {
        if (reads == null) {
            throw new IllegalStateException("table " + spec.name() + " has values of variable size");
        }
        return reads;
    }

    int id() {
        return id;
    }

    public TableSpec spec() {
        return spec;
    }

    TableUpkeep upkeep() {
        return upkeep;
    }

    /** Nothing for a table that is not personal. */
    @Nullable
    PersonalRows personal() {
        return personal;
    }

    RowErasure erasure() {
        return erasure;
    }

    View view() {
        return view;
    }

    private int nowSeconds() {
        return clock.getAsInt();
    }

    /** @param expiry 0 for a row that was written before the table had a time to live */
    boolean isLiveUntil(int expiry) {
        return expiry == 0 || expiry > nowSeconds();
    }

    @Override
    public int rowBytes() {
        return spec.rowBytes();
    }

    /** After a start, it waits until the index is settled: until then nobody knows. */
    @Override
    public long size() {
        upkeep.settle();
        return size;
    }

    /** @throws MillraceException {@code STORAGE_FAILED} where the row is on disk and cannot be read */
    @Override
    public boolean get(long key, MemorySegment into, long offset) {
        Objects.checkFromIndexSize(offset, spec.rowBytes(), into.byteSize());
        return rowReads().get(key, into, offset);
    }

    FoundDamage damage() {
        return shared.damage();
    }

    /** What this thread reads with. */
    ReadScratch scratch() {
        return shared.scratches().get();
    }

    @Override
    public boolean wasOutOfReach() {
        return scratch().absence == RowOutcome.DEGRADED;
    }

    /** {@link #get} that tells why there is no row. */
    public RowOutcome read(long key, MemorySegment into, long offset) {
        return get(key, into, offset) ? RowOutcome.FOUND : scratch().absence;
    }

    @Override
    public int getBatch(long[] keys, int count, MemorySegment into, long offset, boolean[] found) {
        Objects.checkFromIndexSize(0, count, keys.length);
        Objects.checkFromIndexSize(0, count, found.length);
        Objects.checkFromIndexSize(offset, (long) count * spec.rowBytes(), into.byteSize());
        return rowReads().getBatch(keys, count, into, offset, found);
    }

    @Override
    public @Nullable RowMatrix matrix() {
        return matrix;
    }

    /**
     * Reads rows straight into a tensor, for example a model's input: the row of {@code keys[i]} goes to
     * {@code offset + i · pitch}, as floats where memory holds them rounded. A key without a row gives zeros. What lies
     * between rows stays as it is.
     *
     * @param pitch how many bytes lie between the beginnings of one row and the next
     * @return how many keys have a row
     */
    public int gather(long[] keys, int count, MemorySegment tensor, long offset, long pitch) {
        Objects.checkFromIndexSize(0, count, keys.length);
        if (pitch < spec.rowBytes()) {
            throw new IllegalArgumentException("table " + spec.name() + ": rows of " + spec.rowBytes()
                    + " bytes would overlap at a pitch of " + pitch);
        }
        long bytes = count == 0 ? 0 : Math.addExact(Math.multiplyExact(count - 1L, pitch), spec.rowBytes());
        Objects.checkFromIndexSize(offset, bytes, tensor.byteSize());
        return rowReads().gather(keys, count, tensor, offset, pitch);
    }

    /**
     * Adds up rows of floats: {@code into[d] = Σ weights[i] · row(keys[i])[d]}. A key without a row adds nothing.
     *
     * @param weights nothing for 1 each
     * @param into its first {@link TableSpec#dimensions()} elements are set
     * @return how many keys have a row
     */
    public int sum(long[] keys, int count, float @Nullable [] weights, float[] into) {
        checkPooled(keys, count, weights, into);
        return rowReads().pooled(keys, count, weights, into, false);
    }

    /**
     * The mean of rows of floats: {@link #sum}, divided by the sum of the weights of those keys that have a row; zeros where
     * none has one, or their weights add up to nothing.
     *
     * @return how many keys have a row
     */
    public int mean(long[] keys, int count, float @Nullable [] weights, float[] into) {
        checkPooled(keys, count, weights, into);
        return rowReads().pooled(keys, count, weights, into, true);
    }

    private void checkPooled(long[] keys, int count, float @Nullable [] weights, float[] into) {
        Objects.checkFromIndexSize(0, count, keys.length);
        Objects.checkFromIndexSize(0, spec.dimensions(), into.length);
        if (weights != null) {
            Objects.checkFromIndexSize(0, count, weights.length);
        }
    }

    /** In a personal table, the key is also the person's whose row it is. */
    @Override
    public void put(long key, MemorySegment from, long offset) {
        Objects.checkFromIndexSize(offset, spec.rowBytes(), from.byteSize());
        long ignored = putBatch(new long[] {key}, 1, from, offset);
    }

    /**
     * Adds or replaces rows, which lie one behind the other. When it fails, a first part of them may be there. In a personal
     * table, each key is also the person's whose row it is.
     *
     * @return the position to wait for until they are on disk
     */
    public long putBatch(long[] keys, int count, MemorySegment from, long offset) {
        Objects.checkFromIndexSize(0, count, keys.length);
        Objects.checkFromIndexSize(offset, (long) count * spec.rowBytes(), from.byteSize());
        return write(null, keys, count, from, offset, null);
    }

    /**
     * {@link #putBatch} of rows of one person, of a personal table.
     *
     * @throws MillraceException {@code CONFLICT} where the person's key was dropped
     */
    public long putBatch(SubjectId owner, long[] keys, int count, MemorySegment from, long offset) {
        Objects.checkFromIndexSize(0, count, keys.length);
        Objects.checkFromIndexSize(offset, (long) count * spec.rowBytes(), from.byteSize());
        return write(owner, keys, count, from, offset, null);
    }

    /**
     * @param owner whose all rows are, of a personal table; nothing where each key is the person's
     * @param lengths where values have lengths of their own; each then begins at the next multiple of
     *     {@link ValueTable#ALIGNMENT} bytes behind {@code offset}
     */
    long write(
            @Nullable SubjectId owner,
            long[] keys,
            int count,
            MemorySegment from,
            long offset,
            int @Nullable [] lengths) {
        PersonalRows.requireOwned(spec, owner);
        int expiry = expiry();
        long at = offset;
        int start = 0;
        while (start < count) {
            int end = endOfPortion(start, count, lengths);
            PersonalRows.Sealed encrypted =
                    personal == null ? null : personal.seal(owner, keys, start, end, from, at, lengths, expiry);
            lock.lock();
            logLock.lock();
            try {
                sealed = encrypted;
                written.expiry = expiry;
                at = writePortion(keys, start, end, from, at, lengths);
                start = end;
            } finally {
                dead.tell();
                logLock.unlock();
                lock.unlock();
            }
        }
        return log.position();
    }

    private int expiry() {
        long end = nowSeconds() + Math.max(1, spec.ttl().toSeconds());
        return spec.ttl().isZero() ? 0 : (int) Math.min(Integer.MAX_VALUE, end);
    }

    private static int endOfPortion(int start, int count, int @Nullable [] lengths) {
        int end = Math.min(count, start + PORTION);
        if (lengths == null) {
            return end;
        }
        long bytes = lengths[start];
        int next = start + 1;
        while (next < end && bytes + lengths[next] <= PORTION_BYTES) {
            bytes += lengths[next++];
        }
        return next;
    }

    /** @return where the next portion begins */
    private long writePortion(
            long[] keys, int start, int end, MemorySegment from, long offset, int @Nullable [] lengths) {
        if (lengths == null) {
            requireKept(keys, start, end, from, offset);
        }
        if (sealed != null) {
            sealed.requireCurrent();
        }
        if (view.isSettled()) {
            residents.touch(keys, start, end - start);
        }
        long at = offset;
        for (int i = start; i < end; i++) {
            written.key = keys[i];
            written.length = lengths == null ? spec.rowBytes() : lengths[i];
            if (sealed != null) {
                sealed.moveTo(i - start, written);
            }
            writeOne(from, at);
            at += lengths == null ? spec.rowBytes() : ValueTable.aligned(lengths[i]);
        }
        return at;
    }

    private void requireKept(long[] keys, int start, int end, MemorySegment from, long offset) {
        for (int i = start; i < end; i++) {
            if (!residents.canHold(from, offset + (long) (i - start) * spec.rowBytes())) {
                throw new IllegalArgumentException("the row of key " + keys[i] + " of table " + spec.name()
                        + ", which is kept as " + spec.precision() + ", must hold " + residents.limits());
            }
        }
    }

    private void writeOne(MemorySegment from, long offset) {
        if (view.needsRoom()) {
            // All at once only where nobody else can put off what is left.
            growIndex(view.mustGrow() ? Long.MAX_VALUE : CELLS_A_WRITE);
        }
        if (size >= spec.maxRows() && !view.isSettled()) {
            growIndex(Long.MAX_VALUE);
        }
        long position = view.find(written.key);
        CellIndex index = view.index();
        boolean isNew = CellIndex.place(index.entry(position)) < 0;
        long slot = awaitSlot(isNew, written.length);
        written.place = append(slot, from, offset);
        // Making room may have evicted this very row.
        forget(written.key, position, index.entry(position));
        residents.place(slot, position, written, from, offset);
        if (isNew) {
            changeSize(1);
        }
    }

    private long append(long slot, MemorySegment from, long offset) {
        if (!durable) {
            return 0;
        }
        boolean appended = false;
        try {
            long place = sealed == null
                    ? log.append(id, written.key, written.expiry, from, offset, written.length)
                    : log.append(id, written.key, written.expiry, sealed.bytes(), sealed.at(), sealed.length());
            appended = true;
            return place;
        } finally {
            if (!appended) {
                residents.slab().release(slot);
            }
        }
    }

    /** The record that the entry stands for is about to be no longer the newest of its key. */
    private void forget(long key, long position, long entry) {
        long home = CellIndex.place(entry) < 0 ? -1 : homeOf(entry);
        for (TableSnapshot snapshot : snapshots) {
            snapshot.keep(key, view.index(), position, home);
        }
        if (home >= 0 && durable) {
            dead.add(home);
        }
    }

    /** Where the row of an entry lies in segments. */
    long homeOf(long entry) {
        long place = CellIndex.place(entry);
        return CellIndex.isResident(entry) ? residents.slab().home(place) : place;
    }

    private long awaitSlot(boolean isNew, int bytes) {
        if (isNew && size >= spec.maxRows()) {
            throw new MillraceException(
                    ErrorCode.STORAGE_FAILED,
                    "table " + spec.name() + " holds its limit of " + spec.maxRows() + " rows; raise the limit");
        }
        if (isNew && spec.placement().keepsAll() && residents.isFull()) {
            throw residents.noRoom();
        }
        long slot = residents.takeSlot(bytes);
        while (slot < 0) {
            if (spec.placement().keepsAll()) {
                throw residents.noRoom();
            }
            log.awaitWritten();
            slot = residents.takeSlot(bytes);
        }
        return slot;
    }

    @Override
    public boolean remove(long key) {
        lock.lock();
        try {
            long position = view.find(key);
            long entry = view.index().entry(position);
            if (CellIndex.place(entry) < 0) {
                return false;
            }
            if (durable) {
                segments.countDead(log.appendRemoval(id, key));
            }
            takeOut(key, position, entry);
            return true;
        } finally {
            lock.unlock();
        }
    }

    RowIntake intake() {
        return intake;
    }

    /** The caller has the lock. */
    void takeOut(long key, long position, long entry) {
        forget(key, position, entry);
        dead.tell();
        view.set(position, key, CellIndex.removed(entry));
        if (CellIndex.isResident(entry)) {
            residents.release(CellIndex.place(entry));
        }
        changeSize(-1);
    }

    /** Gets a part of the memory ahead that rows will need. @return whether some is left to get */
    @SuppressWarnings(
            "ReachabilityFenceUsage") // The memory stays while it is written to, even if the table is dropped.
    boolean preTouch() {
        boolean left = residents.slab().commit(PRE_TOUCHED_BYTES);
        Reference.reachabilityFence(this);
        return left;
    }

    /** Copies so many cells to where there is more room. The caller has the lock. */
    void growIndex(long cells) {
        View next = view.grow(size, cells, this::superseded);
        if (next != view) {
            view = next;
            residents.follow(next);
        }
    }

    private void superseded(long place, boolean counted) {
        changeSize(-1);
        if (!counted) {
            segments.countDead(place);
        }
    }

    /**
     * Visits the rows in no particular order, all of them as they were when it began; writers go on meanwhile. Rows are as they
     * were written, also where memory holds them rounded.
     *
     * @throws MillraceException {@code CONFLICT} where more than a million keys were changed before their turn
     */
    @Override
    public void forEach(RowVisitor visitor) {
        visit((key, rows, offset, length) -> visitor.visit(key, rows, offset), TableSnapshot.MOST_CHANGES);
    }

    void visit(TableSnapshot.Visitor visitor, int mostChanges) {
        if (!durable) {
            visitLocked(visitor);
            return;
        }
        try (TableSnapshot snapshot =
                new TableSnapshot(this, residents, shared, new DiskReads(this, counters), mostChanges)) {
            snapshot.forEach(visitor);
        }
    }

    /** What is written over is nowhere any more, so nothing may be meanwhile. */
    private void visitLocked(TableSnapshot.Visitor visitor) {
        lock.lock();
        try {
            residents.forEach(visitor);
        } finally {
            lock.unlock();
        }
    }

    /** Gives the memory back of a table that nobody uses any more: a collection, which knows nothing of it, may be hours away. */
    void discard() {
        lock.lock();
        try {
            // First: who reads all the same finds no row, and not half of one.
            view.index().discard();
            residents.slab().discard();
        } finally {
            lock.unlock();
        }
    }

    ReentrantLock lock() {
        return lock;
    }

    /** Writers tell the snapshot what they change from now on. The caller has the lock. */
    void opened(TableSnapshot snapshot) {
        snapshots = Arrays.copyOf(snapshots, snapshots.length + 1);
        snapshots[snapshots.length - 1] = snapshot;
    }

    void closed(TableSnapshot snapshot) {
        snapshots = Arrays.stream(snapshots).filter(open -> open != snapshot).toArray(TableSnapshot[]::new);
    }

    @SuppressWarnings("NonAtomicVolatileUpdate") // Under the lock.
    private void changeSize(int difference) {
        size += difference;
    }

    /**
     * Waits for nothing, not even for the lock, which a writer has while it waits for the disk: its numbers are each of this moment or
     * of one near it. Until the index of a start is settled, it says how many rows there are at most.
     */
    public TableStat stat() {
        return new TableStat(
                spec.name(),
                size,
                view.isSettled(),
                residents.slab().taken(),
                residents.memory(),
                counters.reads(),
                residents.quantisationError());
    }

    /** Tables are closed with their store. */
    @Override
    public void close() {}
}
