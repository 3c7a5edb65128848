package dev.millrace.storage.memory;

import dev.millrace.kernels.LargeMemory;
import dev.millrace.kernels.RawMemory;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;

/**
 * Rows of one size, in slots of one size, with what is known of each slot. Changed by the thread that holds the table's lock,
 * read by any.
 *
 * <p>The address space for all slots is reserved at once and costs nothing until it is touched. It goes back when this
 * object is no longer reachable, so the caller keeps it reachable while it uses an address.
 */
public final class RowSlab implements Slab {
    private static final int LINE = 64;
    /** What an index entry has for a slot, with one bit less so that one more than the largest fits as well. */
    private static final int HANDLE_BITS = 39;
    /** All of a float that is not negative. */
    private static final int FLOAT_BITS = 31;

    private final int capacity;
    private final Parts parts;
    /** Where the scale begins in a slot, and how much of a float's bits are left of it; the rest is rounded up. */
    private final int slotBits;

    private final int scaleShift;
    private final long slotMask;
    private final long stride;
    private final MemorySegment rows;
    private final MemorySegment homes;
    private final MemorySegment marks;
    private final MemorySegment expiries;
    private final long rowsStart;
    private final long homesStart;
    private final long marksStart;
    private final long expiriesStart;

    /** The slot that was given back last, or −1; its home is the one given back before it, and so on. */
    private long lastFree = -1;

    private int freeCount;
    private int used;
    /** How many slots have got their pages ahead. */
    private volatile int committed;

    /**
     * What is kept for each slot beside the row.
     *
     * @param scale in the number of the slot, so that who looks up a row has it without another line of memory
     */
    public record Parts(boolean scale, boolean expiry) {
        int bytes() {
            return Long.BYTES + 1 + (expiry ? Integer.BYTES : 0);
        }
    }

    /** @param rowBytes what a row takes in memory; rows of at least a cache line begin at the border of one */
    public RowSlab(int rowBytes, int capacity, Parts parts) {
        this.capacity = capacity;
        this.parts = parts;
        this.slotBits = Integer.SIZE - Integer.numberOfLeadingZeros(Math.max(1, capacity - 1));
        this.scaleShift = Math.max(0, FLOAT_BITS - (HANDLE_BITS - slotBits));
        this.slotMask = parts.scale() ? (1L << slotBits) - 1 : -1;
        this.stride = stride(rowBytes);
        this.rows = LargeMemory.allocate(Math.max(LINE, stride * capacity), Arena.ofAuto());
        this.homes = LargeMemory.allocate((long) Long.BYTES * capacity, Arena.ofAuto());
        this.marks = LargeMemory.allocate(capacity, Arena.ofAuto());
        this.expiries = LargeMemory.allocate(parts.expiry() ? (long) Integer.BYTES * capacity : 1, Arena.ofAuto());
        this.rowsStart = rows.address();
        this.homesStart = homes.address();
        this.marksStart = marks.address();
        this.expiriesStart = expiries.address();
    }

    /** What so many slots take with all that belongs to them, in bytes. */
    public static double bytesFor(int rowBytes, Parts parts, long slots) {
        return (double) slots * (stride(rowBytes) + parts.bytes());
    }

    private static long stride(int rowBytes) {
        int unit = rowBytes >= LINE ? LINE : Long.BYTES;
        return (rowBytes + unit - 1L) / unit * unit;
    }

    @Override
    public long take(int bytes) {
        if (freeCount > 0) {
            long slot = lastFree;
            lastFree = home(slot);
            freeCount--;
            return slot;
        }
        return used < capacity ? used++ : -1;
    }

    @Override
    public void release(long slot) {
        setHome(slot, lastFree);
        lastFree = place(slot);
        freeCount++;
    }

    public int capacity() {
        return capacity;
    }

    /** All slots one behind the other. */
    public MemorySegment memory() {
        return rows.asSlice(0, stride * capacity);
    }

    /** How many bytes lie between the beginnings of one slot and the next. */
    public int stride() {
        return (int) stride;
    }

    @Override
    public long taken() {
        return (long) used - freeCount;
    }

    @Override
    public boolean commit(long bytes) {
        int from = committed;
        int slots = (int) Math.min(capacity - from, Math.max(1, bytes / stride));
        commit(rows, stride, from, slots);
        commit(homes, Long.BYTES, from, slots);
        commit(marks, 1, from, slots);
        if (parts.expiry()) {
            commit(expiries, Integer.BYTES, from, slots);
        }
        committed = from + slots;
        return committed < capacity;
    }

    private static void commit(MemorySegment part, long each, int from, int slots) {
        long start = from * each & -Long.BYTES;
        RawMemory.commit(part.address() + start, (from + (long) slots) * each - start);
    }

    @Override
    public long committedBytes() {
        return committed * (stride + parts.bytes());
    }

    @Override
    public void discard() {
        LargeMemory.discard(rows);
        LargeMemory.discard(homes);
        LargeMemory.discard(marks);
        LargeMemory.discard(expiries);
    }

    @Override
    public Footprint footprint() {
        return new Footprint(
                used * stride, (long) Long.BYTES * used, used, parts.expiry() ? (long) Integer.BYTES * used : 0);
    }

    @Override
    public long address(long slot) {
        return rowsStart + place(slot) * stride;
    }

    @Override
    public long home(long slot) {
        return RawMemory.getLong(homesStart + place(slot) * Long.BYTES);
    }

    @Override
    public void setHome(long slot, long place) {
        RawMemory.putLong(homesStart + place(slot) * Long.BYTES, place);
    }

    /** What {@link #withScale} put into the slot. */
    public float scale(long slot) {
        return Float.intBitsToFloat((int) (slot >>> slotBits) << scaleShift);
    }

    /**
     * The same slot with a scale in it, rounded up to the bits that are left beside the numbers of all slots: 16 of a float's
     * 31 where there are 8 million, 11 where there are 200 million.
     *
     * @param scale not negative, finite
     */
    public long withScale(long slot, float scale) {
        long bits = Float.floatToRawIntBits(scale) + (1L << scaleShift) - 1;
        return place(slot) | ((bits >>> scaleShift) << slotBits);
    }

    private long place(long slot) {
        return slot & slotMask;
    }

    @Override
    public int expiry(long slot) {
        return RawMemory.getInt(expiriesStart + place(slot) * Integer.BYTES);
    }

    @Override
    public void setExpiry(long slot, int seconds) {
        RawMemory.putInt(expiriesStart + place(slot) * Integer.BYTES, seconds);
    }

    @Override
    public boolean mark(long slot) {
        boolean marked = RawMemory.getByte(marksStart + place(slot)) != 0;
        RawMemory.putByte(marksStart + place(slot), (byte) 1);
        return !marked;
    }

    @Override
    public void unmark(long slot) {
        RawMemory.putByte(marksStart + place(slot), (byte) 0);
    }
}
