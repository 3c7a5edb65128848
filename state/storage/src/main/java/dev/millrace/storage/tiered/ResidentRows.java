package dev.millrace.storage.tiered;

import dev.millrace.kernels.RawMemory;
import dev.millrace.model.ErrorCode;
import dev.millrace.model.MillraceException;
import dev.millrace.storage.memory.CellIndex;
import dev.millrace.storage.memory.RowSlab;
import dev.millrace.storage.memory.S3Fifo;
import dev.millrace.storage.memory.Slab;
import dev.millrace.storage.memory.ValueSlab;
import dev.millrace.storage.personal.SubjectId;
import dev.millrace.storage.segment.StoreLog;
import dev.millrace.storage.segment.StoredRow;
import org.jspecify.annotations.Nullable;

import java.lang.foreign.MemorySegment;
import java.lang.invoke.VarHandle;
import java.util.Locale;

/**
 * The rows of a table that are in memory, and the one way by which they come and go. Changed by the thread that holds the
 * table's lock; read by any.
 *
 * <p>A row is never changed where it lies: a write fills a free slot and then swings the key's entry to it. A reader notes
 * the entry, uses the row, and looks at the entry again; see {@link CellIndex}.
 */
final class ResidentRows implements S3Fifo.Residents {
    /** A size that one in some dozens has finds a block sooner than that. */
    private static final int EVICTIONS_BEFORE_A_CHUNK = 64;
    /** Of the slots of a portion: what stays in the second-level cache until it is filled. */
    private static final int TOUCHED_BYTES = 256 << 10;

    private final TableSpec spec;
    private final StoreLog log;
    private final TierCounters counters;
    private final Slab slab;
    /** Nothing where values are of variable size. */
    private final @Nullable RowCodec codec;

    private final @Nullable S3Fifo policy;

    private View view;
    /** What is touched. Guarded by the lock, as what follows. */
    private final long[] positions = new long[TieredTable.PORTION];
    /** Takes what loads give that only fill the cache. */
    @SuppressWarnings("UnusedVariable")
    private long sink;

    ResidentRows(TableSpec spec, StoreLog log, TierCounters counters, View view) {
        this.spec = spec;
        this.log = log;
        this.counters = counters;
        this.view = view;
        requireRoom(spec);
        boolean chosen = !spec.placement().keepsAll();
        if (spec.isVariable()) {
            this.policy = chosen ? S3Fifo.growing(mostValues(spec)) : null;
            this.slab = new ValueSlab(spec.residentBytes(), spec.mostBytes());
            this.codec = null;
        } else {
            RowSlab rows = new RowSlab(spec.residentBytes(), RowRoom.slots(spec), spec.parts());
            this.slab = rows;
            this.codec = new RowCodec(spec, rows);
            this.policy = chosen ? new S3Fifo(rows.capacity()) : null;
        }
    }

    /** @throws MillraceException {@code INVALID_REQUEST} where a table's budget is too small, or larger than a table can use */
    static void requireRoom(TableSpec spec) {
        if (!spec.isVariable()) {
            int ignored = RowRoom.slots(spec);
            return;
        }
        long choosing = spec.placement().keepsAll()
                ? 0
                : S3Fifo.growing(mostValues(spec)).bytes();
        long least = ValueSlab.leastBytes(spec.residentBytes()) + choosing;
        if (spec.dramBytes() < least) {
            throw new MillraceException(
                    ErrorCode.INVALID_REQUEST,
                    "table " + spec.name() + ": a budget of " + spec.dramBytes()
                            + " bytes is too small for values of up to " + spec.rowBytes() + " bytes, which need "
                            + least);
        }
    }

    private static int mostValues(TableSpec spec) {
        long most = Math.min(spec.maxRows(), spec.mostBytes() / ValueSlab.blockBytes(0));
        return (int) Math.min(most + RowRoom.SPARE, Integer.MAX_VALUE - 16);
    }

    Slab slab() {
        return slab;
    }

    @Nullable
    RowCodec codec() {
        return codec;
    }

    /** The index has been replaced. */
    void follow(View next) {
        view = next;
    }

    /**
     * A slot for a row of that length.
     *
     * @return −1 where all rows in memory must stay until they are on disk
     */
    long takeSlot(int length) {
        int bytes = withOwner(length);
        if (slab instanceof ValueSlab values) {
            return takeBlock(values, bytes);
        }
        long slot = slab.take(bytes);
        if (slot < 0 && policy != null && policy.evictOne(this)) {
            slot = slab.take(bytes);
        }
        return slot;
    }

    /**
     * Who goes frees a block of the size that it had, which the next of that size takes. So a size that is asked for now and
     * then finds a block soon; a size that has become more frequent gets the chunk of another that costs the least.
     */
    private long takeBlock(ValueSlab values, int bytes) {
        if (policy == null) {
            return values.take(bytes);
        }
        boolean over = values.limitTo(spec.mostBytes() - policy.bytes());
        while (over && clearChunk(values, bytes)) {
            over = values.limitTo(spec.mostBytes() - policy.bytes());
        }
        long slot = values.take(bytes);
        for (int i = 0; slot < 0 && i < EVICTIONS_BEFORE_A_CHUNK && policy.evictOne(this); i++) {
            slot = values.take(bytes);
        }
        if (slot < 0 && clearChunk(values, bytes)) {
            slot = values.take(bytes);
        }
        return slot;
    }

    private boolean clearChunk(ValueSlab values, int bytes) {
        int chunk = values.emptiest(bytes);
        return chunk >= 0 && values.clear(chunk, this::evict);
    }

    /**
     * A slot that nobody has to leave for.
     *
     * @return −1 where there is none, or only what replacing a row needs
     */
    long takeFreeSlot(int length) {
        boolean over =
                policy != null && slab instanceof ValueSlab values && values.limitTo(spec.mostBytes() - policy.bytes());
        return over || isFull() ? -1 : slab.take(withOwner(length));
    }

    private int withOwner(int length) {
        return spec.personal() ? PersonalRows.withOwner(length) : length;
    }

    /** Whether an entry points to a row of that person in memory. */
    boolean isOf(SubjectId subject, long entry) {
        if (!CellIndex.isResident(entry)) {
            return false;
        }
        long owner = ownerAddress(CellIndex.place(entry));
        return RawMemory.getLong(owner) == subject.high() && RawMemory.getLong(owner + Long.BYTES) == subject.low();
    }

    /** Behind the row. */
    private long ownerAddress(long slot) {
        return slab.address(slot) + PersonalRows.ownerAt(residentLength(slot));
    }

    private int residentLength(long slot) {
        return switch (slab) {
            case RowSlab _ -> spec.keptBytes();
            case ValueSlab values -> (int) values.lengthAndExpiry(slot);
        };
    }

    /**
     * Has on their way to the cache what the writes of a portion will look at: the index's lines, and the slots of the rows that
     * are replaced, each of which the next write fills. The view is settled. The loads of these loops overlap; those of the writes would not.
     */
    void touch(long[] keys, int start, int n) {
        CellIndex index = view.index();
        index.homes(keys, start, n, positions);
        sink += RawMemory.touchAll(positions, n, 1);
        int replaced = 0;
        for (int i = 0; i < n; i++) {
            long entry = index.entry(index.find(keys[start + i], positions[i]));
            if (CellIndex.isResident(entry)) {
                positions[replaced++] = CellIndex.place(entry);
            }
        }
        for (int i = 0; i < replaced; i++) {
            sink += slab.home(positions[i]);
            positions[i] = slab.address(positions[i]);
        }
        if (!spec.isVariable()) {
            sink += RawMemory.touchAll(
                    positions, replaced, Math.min(spec.residentBytes(), TOUCHED_BYTES / TieredTable.PORTION));
        }
    }

    /** Gives back the slot of a row to which no entry points any more; of what was personal nothing stays. */
    void release(long slot) {
        // As when it is filled again: readers must see that it was given back before they see its home or its bytes
        // change.
        VarHandle.storeStoreFence();
        if (spec.personal()) {
            RawMemory.fill(slab.address(slot), PersonalRows.withOwner(residentLength(slot)), (byte) 0);
        }
        slab.release(slot);
    }

    /** Whether only what replacing a row needs is left. A slab of values has no such reserve. */
    boolean isFull() {
        return slab instanceof RowSlab rows && rows.taken() >= rows.capacity() - RowRoom.SPARE;
    }

    /** Whether memory holds rows as they were written. */
    boolean isExact() {
        return spec.precision() == Precision.EXACT;
    }

    boolean isLive(long slot, TieredTable table) {
        return spec.ttl().isZero() || table.isLiveUntil(slab.expiry(slot));
    }

    /** Shows all rows, where none is anywhere else. The caller has the lock throughout. */
    void forEach(TableSnapshot.Visitor visitor) {
        CellIndex index = view.index();
        for (long position = index.start(); position < index.end(); position += CellIndex.CELL_BYTES) {
            long entry = index.entry(position);
            if (CellIndex.isResident(entry)) {
                int length = residentLength(CellIndex.place(entry));
                MemorySegment row = RawMemory.view(slab.address(CellIndex.place(entry)), length);
                visitor.visit(index.key(position), row, 0, length);
            }
        }
    }

    /** Copies a row as memory holds it. @return its length */
    int copy(long slot, MemorySegment into, long offset) {
        int length = slab instanceof ValueSlab values ? (int) values.lengthAndExpiry(slot) : spec.rowBytes();
        RawMemory.copy(slab.address(slot), into, offset, length);
        return length;
    }

    MillraceException noRoom() {
        return new MillraceException(
                ErrorCode.STORAGE_FAILED,
                "table " + spec.name() + " is "
                        + spec.placement().name().toLowerCase(Locale.ROOT) + ", and its " + slab.taken()
                        + " rows fill its budget of "
                        + spec.dramBytes() + " bytes and " + spec.maxRows()
                        + " rows; raise it, or make the table tiered");
    }

    /** Whether the row can be kept in memory as the table's precision asks. */
    boolean canHold(MemorySegment from, long offset) {
        return codec == null || codec.canHold(from, offset);
    }

    /**
     * Fills a slot and lets the key's entry point to it.
     *
     * @param row whose key, length, expiry and place count
     */
    void place(long slot, long position, StoredRow row, MemorySegment from, long offset) {
        CellIndex index = view.index();
        long old = index.entry(position);
        // The entry that freed this slot must be visible before the slot's bytes change.
        VarHandle.storeStoreFence();
        long filled = fill(slot, row, from, offset);
        if (!spec.ttl().isZero()) {
            slab.setExpiry(slot, row.expiry);
        }
        slab.setHome(slot, row.place);
        if (spec.personal()) {
            RawMemory.putLong(ownerAddress(slot), row.personHigh);
            RawMemory.putLong(ownerAddress(slot) + Long.BYTES, row.personLow);
        }
        boolean replaced = CellIndex.isResident(old);
        int frequency = replaced ? CellIndex.frequency(old) : 0;
        view.set(position, row.key, CellIndex.withFrequency(CellIndex.next(old, true, filled), frequency));
        if (replaced) {
            release(CellIndex.place(old));
        } else if (policy != null) {
            policy.admit(row.key, this);
        }
    }

    /** What a row must be to be kept. */
    String limits() {
        return codec == null ? "anything" : codec.limits();
    }

    /** @return the slot as the key's entry is to have it */
    private long fill(long slot, StoredRow row, MemorySegment from, long offset) {
        if (codec != null) {
            return codec.write(slot, from, offset);
        }
        if (slab instanceof ValueSlab values) {
            values.begin(slot, row.key, row.length);
            RawMemory.copy(from, offset, values.address(slot), row.length);
        }
        return slot;
    }

    TableStat.QuantisationError quantisationError() {
        return codec == null ? TableStat.QuantisationError.NONE : codec.error();
    }

    /** What memory is taken for. */
    TableStat.Memory memory() {
        return new TableStat.Memory(
                slab.footprint(),
                slab.committedBytes(),
                policyBytes(),
                view.index().bytes(),
                spec.dramBytes());
    }

    long policyBytes() {
        return policy == null ? 0 : policy.bytes();
    }

    @Override
    public int frequency(long key) {
        long entry = view.index().entry(view.find(key));
        return CellIndex.isResident(entry) ? CellIndex.frequency(entry) : -1;
    }

    @Override
    public void setFrequency(long key, int frequency) {
        CellIndex index = view.index();
        long position = view.find(key);
        view.set(position, key, CellIndex.withFrequency(index.entry(position), frequency));
    }

    @Override
    public boolean mark(long key) {
        long entry = view.index().entry(view.find(key));
        return CellIndex.isResident(entry) && slab.mark(CellIndex.place(entry));
    }

    @Override
    public void unmark(long key) {
        slab.unmark(CellIndex.place(view.index().entry(view.find(key))));
    }

    @Override
    public boolean evict(long key) {
        CellIndex index = view.index();
        long position = view.find(key);
        long entry = index.entry(position);
        long slot = CellIndex.place(entry);
        long home = slab.home(slot);
        if (!log.isWritten(home)) {
            return false;
        }
        view.set(position, key, CellIndex.next(entry, false, home));
        release(slot);
        counters.evicted.increment();
        return true;
    }
}
