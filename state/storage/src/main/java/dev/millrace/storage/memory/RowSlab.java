package dev.millrace.storage.memory;

import dev.millrace.kernels.LargeMemory;
import dev.millrace.kernels.RawMemory;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.util.Arrays;

/**
 * The rows of a table that lie in memory, in slots of one size, with what is known of each slot. The thread that holds the
 * table's lock gives out slots and fills them; any thread reads them, and finds by the {@link CellIndex} whether what it
 * read was whole.
 *
 * <p>The address space for all slots is reserved at once and costs nothing until it is touched. It goes back when this
 * object is no longer reachable, so the caller keeps it reachable while it uses an address.
 */
public final class RowSlab {
    private static final int LINE = 64;

    private final int capacity;
    private final long stride;
    private final MemorySegment rows;
    private final MemorySegment homes;
    private final MemorySegment marks;
    private final MemorySegment scales;
    private final MemorySegment expiries;
    private final long rowsStart;
    private final long homesStart;
    private final long marksStart;
    private final long scalesStart;
    private final long expiriesStart;

    private int[] free = new int[16];
    private int freeCount;
    private int used;

    /** What is kept for each slot beside the row. */
    public record Parts(boolean scale, boolean expiry) {
        int bytes() {
            return Long.BYTES + 1 + (scale ? Float.BYTES : 0) + (expiry ? Integer.BYTES : 0);
        }
    }

    /** @param rowBytes what a row takes in memory; rows of at least a cache line begin at the border of one */
    public RowSlab(int rowBytes, int capacity, Parts parts) {
        this.capacity = capacity;
        this.stride = stride(rowBytes);
        this.rows = LargeMemory.allocate(Math.max(LINE, stride * capacity), Arena.ofAuto());
        this.homes = LargeMemory.allocate((long) Long.BYTES * capacity, Arena.ofAuto());
        this.marks = LargeMemory.allocate(capacity, Arena.ofAuto());
        this.scales = LargeMemory.allocate(parts.scale() ? (long) Float.BYTES * capacity : 1, Arena.ofAuto());
        this.expiries = LargeMemory.allocate(parts.expiry() ? (long) Integer.BYTES * capacity : 1, Arena.ofAuto());
        this.rowsStart = rows.address();
        this.homesStart = homes.address();
        this.marksStart = marks.address();
        this.scalesStart = scales.address();
        this.expiriesStart = expiries.address();
    }

    /** What one slot takes with all that belongs to it, in bytes. */
    public static long slotBytes(int rowBytes, Parts parts) {
        return stride(rowBytes) + parts.bytes();
    }

    private static long stride(int rowBytes) {
        int unit = rowBytes >= LINE ? LINE : Long.BYTES;
        return (rowBytes + unit - 1L) / unit * unit;
    }

    /** @return a free slot, −1 where there is none */
    public int take() {
        if (freeCount > 0) {
            return free[--freeCount];
        }
        return used < capacity ? used++ : -1;
    }

    /** Gives a slot back; the entry that pointed to it must be gone before. */
    public void release(int slot) {
        if (freeCount == free.length) {
            free = Arrays.copyOf(free, freeCount * 2);
        }
        free[freeCount++] = slot;
    }

    public boolean hasRoom() {
        return freeCount > 0 || used < capacity;
    }

    public int capacity() {
        return capacity;
    }

    /** How many slots hold a row. */
    public int taken() {
        return used - freeCount;
    }

    /** How many bytes have been touched so far by rows and what belongs to them. */
    public long touchedBytes() {
        return used * (stride + Long.BYTES + 1 + (scales.byteSize() > 1 ? 4 : 0) + (expiries.byteSize() > 1 ? 4 : 0))
                + 4L * free.length;
    }

    /** Where a slot's row begins. */
    public long address(long slot) {
        return rowsStart + slot * stride;
    }

    /** Where the row lies in segments. */
    public long home(long slot) {
        return RawMemory.getLong(homesStart + slot * Long.BYTES);
    }

    public void setHome(long slot, long place) {
        RawMemory.putLong(homesStart + slot * Long.BYTES, place);
    }

    public float scale(long slot) {
        return RawMemory.getFloat(scalesStart + slot * Float.BYTES);
    }

    public void setScale(long slot, float scale) {
        RawMemory.putFloat(scalesStart + slot * Float.BYTES, scale);
    }

    /** Seconds since 1970, 0 where the row does not expire. */
    public int expiry(long slot) {
        return RawMemory.getInt(expiriesStart + slot * Integer.BYTES);
    }

    public void setExpiry(long slot, int seconds) {
        RawMemory.putInt(expiriesStart + slot * Integer.BYTES, seconds);
    }

    /** @return false where the slot is marked already */
    public boolean mark(long slot) {
        boolean marked = RawMemory.getByte(marksStart + slot) != 0;
        RawMemory.putByte(marksStart + slot, (byte) 1);
        return !marked;
    }

    public void unmark(long slot) {
        RawMemory.putByte(marksStart + slot, (byte) 0);
    }
}
