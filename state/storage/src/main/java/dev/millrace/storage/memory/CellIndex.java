package dev.millrace.storage.memory;

import dev.millrace.kernels.LargeMemory;
import dev.millrace.kernels.RawMemory;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;

/**
 * A map from 64-bit keys to places of rows, outside the heap. One thread at a time writes, any number read without locks.
 *
 * <p>Open addressing with linear probing over 16-byte cells that start at a 64-byte border, four to a cache line:
 *
 * <pre>
 *   0        8                 16
 *   | key    | entry           |
 *
 *   entry, from the highest bit:  1 resident | 2 frequency | 21 version | 40 place + 1
 * </pre>
 *
 * Entry 0 is an empty cell; place + 1 = 0 is a removed key. A resident place is a slot in memory, another is where the row
 * lies in segments. A cell never changes its key, a key never its cell, and each change gives the entry another version:
 * a reader that finds the same entry, but for the frequency, before and after it copied a row knows that the row was not
 * touched between. (The version comes back after 2 million changes of one key, which nobody sees during one read.) Readers
 * raise the frequency of a resident row up to 3, here, because this line is in the cache already; a writer that changes the
 * entry meanwhile wins. At most 3/4 of the cells are used; beyond that the owner makes another index.
 *
 * <p>Positions are addresses. The caller keeps this object reachable while it uses one.
 */
public final class CellIndex {
    public static final long EMPTY = 0;
    public static final int CELL_BYTES = 16;
    /** Where a cell's entry is, counted from its position. */
    public static final int ENTRY_OFFSET = 8;

    public static final int HIGHEST_FREQUENCY = 3;
    /** Places are smaller than this. */
    public static final long MAX_PLACE = (1L << 40) - 2;

    private static final long RESIDENT = 1L << 63;
    private static final int VERSION_SHIFT = 40;
    private static final long VERSION_MASK = (1L << 21) - 1;
    private static final int FREQUENCY_SHIFT = 61;
    private static final long FREQUENCY_MASK = 3L << FREQUENCY_SHIFT;
    private static final long PLACE_MASK = (1L << VERSION_SHIFT) - 1;
    private static final int LINE_BYTES = 64;

    private final MemorySegment cells;
    private final long start;
    private final long end;
    private final long lineMask;
    private final long usableCells;
    private long usedCells;

    private CellIndex(MemorySegment cells, long usedCells) {
        this.cells = cells;
        this.start = cells.address();
        this.end = start + cells.byteSize();
        this.lineMask = cells.byteSize() / LINE_BYTES - 1;
        this.usableCells = cells.byteSize() / CELL_BYTES / 4 * 3;
        this.usedCells = usedCells;
    }

    /** An empty index that takes so many keys before it is full. */
    public static CellIndex sizedFor(long keys) {
        return sizedFor(keys, Arena.ofAuto());
    }

    /** One whose memory goes with the arena. */
    public static CellIndex sizedFor(long keys, Arena arena) {
        long cellCount = Math.max(8, Long.highestOneBit(Math.max(1, keys * 4 / 3)) * 2);
        return new CellIndex(LargeMemory.allocate(cellCount * CELL_BYTES, arena), 0);
    }

    /** One with so many cells, a power of two of at least 8, that somebody else fills: so many of them will be used. */
    static CellIndex withCells(long cells, long usedCells) {
        return new CellIndex(LargeMemory.allocate(cells * CELL_BYTES, Arena.ofAuto()), usedCells);
    }

    /** Gives its memory back, as far as the system takes it; it has no keys any more. */
    public void discard() {
        LargeMemory.discard(cells);
    }

    /** The same cells, those of keys that are no more as well, in an index some times as large. */
    public CellIndex enlarged(int times, Arena arena) {
        CellIndex next = sizedFor(usableCells * times - usableCells / 2, arena);
        for (long position = start; position < end; position += CELL_BYTES) {
            long entry = entry(position);
            if (entry != EMPTY) {
                long key = key(position);
                next.set(next.find(key, next.home(key)), key, entry);
            }
        }
        return next;
    }

    /**
     * The index whose cells lie in that memory, for example a mapped file.
     *
     * @param cells a power of two of at least 128 bytes, at a border of 64 bytes
     */
    public static CellIndex over(MemorySegment cells, long usedCells) {
        long bytes = cells.byteSize();
        if (bytes < 128 || Long.bitCount(bytes) != 1 || cells.address() % LINE_BYTES != 0) {
            throw new IllegalArgumentException("cells must be a power of two of at least 128 bytes at a border of "
                    + LINE_BYTES + "; got " + bytes + " bytes at " + Long.toHexString(cells.address()));
        }
        return new CellIndex(cells, usedCells);
    }

    /** The position where the search for a key begins. */
    public long home(long key) {
        return start + (hash(key) & lineMask) * LINE_BYTES;
    }

    /** Where the searches for many keys begin. */
    public void homes(long[] keys, int from, int count, long[] homes) {
        long first = start;
        long mask = lineMask;
        for (int i = 0; i < count; i++) {
            homes[i] = first + (hash(keys[from + i]) & mask) * LINE_BYTES;
        }
    }

    /**
     * Finds those keys that lie each in a given line: of their {@link #homes}, where nearly all do, or of the lines behind. Whoever
     * uses what an entry points to puts an acquire fence between.
     *
     * @param positions where the lines begin; the positions of the keys that are found afterwards
     * @param entries gets the entries of those that are found
     * @param matches to work with
     * @param rest gets the places in the batch of the other keys
     * @return how many others there are
     */
    public int findInLines(
            long[] keys, int from, int count, long[] positions, long[] entries, byte[] matches, int[] rest) {
        RawMemory.matchCells(keys, from, count, positions, matches);
        int others = 0;
        for (int i = 0; i < count; i++) {
            int match = matches[i];
            long position = positions[i] + (Integer.numberOfTrailingZeros(match | (1 << 8)) & 7) * (long) Long.BYTES;
            positions[i] = position;
            entries[i] = RawMemory.getLong(position + ENTRY_OFFSET);
            rest[others] = i;
            // An empty cell has key 0 as well: the slow way tells them apart.
            others += match == 0 || keys[from + i] == 0 ? 1 : 0;
        }
        return others;
    }

    /** The line behind a home, to which a search goes on. */
    public long lineAfter(long home) {
        long line = (home & -LINE_BYTES) + LINE_BYTES;
        return line == end ? start : line;
    }

    /** The position of the key's cell, or of the empty cell that ends its search. */
    public long find(long key, long from) {
        long position = from;
        while (true) {
            long entry = RawMemory.getLongAcquire(position + ENTRY_OFFSET);
            if (entry == EMPTY || RawMemory.getLong(position) == key) {
                return position;
            }
            position += CELL_BYTES;
            position = position == end ? start : position;
        }
    }

    /**
     * Whether the entry that was just read at the position is the key's. A search may end at an empty cell that another
     * key takes before its entry is read: then it is that key's entry, and the search must go on.
     */
    public boolean isOf(long key, long position, long entry) {
        return entry == EMPTY || RawMemory.getLong(position) == key;
    }

    public long entry(long position) {
        return RawMemory.getLongAcquire(position + ENTRY_OFFSET);
    }

    public long key(long position) {
        return RawMemory.getLong(position);
    }

    public boolean isFull() {
        return usedCells >= usableCells;
    }

    /** Whether it will be full soon: five sixths of the cells that may be used are. */
    public boolean isCrowded() {
        return usedCells >= usableCells / 6 * 5;
    }

    /** Whether seven eighths of the cells are used: searches are long, and all cells but one would never end. */
    public boolean isBrimming() {
        return usedCells >= brimmingCells();
    }

    /** How many cells are used when it is brimming. */
    public long brimmingCells() {
        return bytes() / CELL_BYTES / 8 * 7;
    }

    /** How many keys it takes before it is full. */
    public long usableCells() {
        return usableCells;
    }

    /** Whether a position is that of a cell here. */
    public boolean contains(long position) {
        return position >= start && position < end;
    }

    /** How many keys more it takes before it is full. */
    public long freeCells() {
        return Math.max(0, usableCells - usedCells);
    }

    public long usedCells() {
        return usedCells;
    }

    /** Gives the key at a position, which {@link #find} returned, another entry. Writer only. */
    public void set(long position, long key, long entry) {
        if (entry(position) == EMPTY) {
            usedCells++;
            RawMemory.putLong(position, key);
        }
        RawMemory.putLongRelease(position + ENTRY_OFFSET, entry);
    }

    /** The first position; the others follow in steps of {@link #CELL_BYTES} up to {@link #end()}. */
    public long start() {
        return start;
    }

    public long end() {
        return end;
    }

    public MemorySegment cells() {
        return cells;
    }

    public long bytes() {
        return end - start;
    }

    /** The entry that follows another in the same cell. */
    public static long next(long entry, boolean resident, long place) {
        long version = ((entry >>> VERSION_SHIFT) + 1) & VERSION_MASK;
        return (resident ? RESIDENT : 0) | (Math.max(1, version) << VERSION_SHIFT) | (place + 1);
    }

    /** The entry of a key that is no more. */
    public static long removed(long entry) {
        return next(entry, false, -1);
    }

    /** Whether two entries of a cell are of the same row: they differ in frequency at most. */
    public static boolean isSame(long entry, long other) {
        return ((entry ^ other) & ~FREQUENCY_MASK) == 0;
    }

    /** How often the row was read, as far as two bits tell. */
    public static int frequency(long entry) {
        return (int) (entry >>> FREQUENCY_SHIFT) & 3;
    }

    public static long withFrequency(long entry, int frequency) {
        return (entry & ~FREQUENCY_MASK) | ((long) frequency << FREQUENCY_SHIFT);
    }

    /** Counts a read, unless the entry has just changed. Any thread. */
    public void countRead(long position, long entry) {
        if ((entry & FREQUENCY_MASK) != FREQUENCY_MASK) {
            boolean ignored =
                    RawMemory.compareAndSetLong(position + ENTRY_OFFSET, entry, entry + (1L << FREQUENCY_SHIFT));
        }
    }

    /** The row's place, −1 where there is no row. */
    public static long place(long entry) {
        return (entry & PLACE_MASK) - 1;
    }

    /** Whether the row lies in memory. */
    public static boolean isResident(long entry) {
        return entry < 0;
    }

    /** The finaliser of MurmurHash3: every input bit changes every output bit with probability near 1/2. */
    public static long hash(long key) {
        long h = key;
        h ^= h >>> 33;
        h *= 0xFF51AFD7ED558CCDL;
        h ^= h >>> 33;
        h *= 0xC4CEB9FE1A85EC53L;
        return h ^ (h >>> 33);
    }
}
