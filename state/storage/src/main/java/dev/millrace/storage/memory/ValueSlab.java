package dev.millrace.storage.memory;

import dev.millrace.kernels.LargeMemory;
import dev.millrace.kernels.RawMemory;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.util.Arrays;
import java.util.function.LongPredicate;

/**
 * Values of 0 to a limit of bytes, in blocks of size classes. Changed by the thread that holds the table's lock, read by any.
 *
 * <p>Idea: memory is cut into chunks of one size; a chunk belongs to one class at a time and is cut into its blocks. Classes are
 * four to a doubling, so that a block is at most a third, and from 256 bytes on a quarter, larger than it must be (and the
 * smallest is 64 bytes). A chunk whose last block becomes free belongs to nobody again: so a class that has drained gives its
 * memory to the others. Where all chunks have a class, {@link #emptiest} names the one that costs the least to clear.
 *
 * <pre>
 *   0       8       16       20       24      28           32
 *   | key   | home  | length | expiry | state | next free  | value … |
 * </pre>
 *
 * A slot is a block's distance from the start in units of 32 bytes; blocks from 256 bytes on begin at the border of a cache
 * line. State: 0 free, 1 taken, 2 taken and marked. Length and expiry are one word, so that a reader gets both at once; they
 * are what they say only if the reader finds the same entry in the index afterwards.
 *
 * <p>The address space is reserved at once and costs nothing until it is touched. It goes back when this object is no longer
 * reachable, so the caller keeps it reachable while it uses an address.
 */
public final class ValueSlab implements Slab {
    public static final int HEADER_BYTES = 32;
    /** The longest value that a slab holds. */
    public static final int MAX_VALUE_BYTES = 1 << 20;

    private static final int UNIT = 32;
    private static final int LEAST_BLOCK = 64;
    /** A huge page. */
    private static final int LARGE_CHUNK = 2 << 20;
    /** A small budget still has so many chunks, if its largest value lets it. */
    private static final int WANTED_CHUNKS = 64;

    private static final int KEY = 0;
    private static final int HOME = 8;
    private static final int LENGTH = 16;
    private static final int EXPIRY = 20;
    private static final int STATE = 24;
    private static final int NEXT_FREE = 28;
    private static final int FREE = 0;
    private static final int TAKEN = 1;
    private static final int MARKED = 2;
    private static final int NONE = -1;

    private final MemorySegment memory;
    private final long start;
    private final int chunkBytes;
    private final int chunkShift;
    private final int[] blockBytes;
    private final Chunks chunks;
    /** The first chunk of each class that has a free block. */
    private final int[] open;

    private int limit;
    private long taken;
    /** How many bytes have got their pages ahead. */
    private volatile long committed;

    /** What is known of each chunk; those of a class that have a free block are chained. */
    private static final class Chunks {
        final int[] sizeClass;
        final int[] live;
        /** How many blocks have ever been taken since the chunk has its class. */
        final int[] begun;

        final int[] firstFree;
        final int[] before;
        final int[] behind;
        /** Chunks that belong to nobody. */
        final int[] idle;

        int idleCount;
        int touched;

        Chunks(int count) {
            sizeClass = new int[count];
            live = new int[count];
            begun = new int[count];
            firstFree = new int[count];
            before = new int[count];
            behind = new int[count];
            idle = new int[count];
            Arrays.fill(sizeClass, NONE);
        }

        int used() {
            return touched - idleCount;
        }
    }

    /** @param bytes at least {@link #leastBytes} of the longest value */
    public ValueSlab(int maxValueBytes, long bytes) {
        this.blockBytes = classes(maxValueBytes);
        this.chunkBytes = chunkBytes(maxValueBytes, bytes);
        this.chunkShift = Integer.numberOfTrailingZeros(chunkBytes / UNIT);
        this.limit = Math.toIntExact(Math.min(Integer.MAX_VALUE / 2, bytes / chunkBytes));
        this.chunks = new Chunks(limit);
        this.memory = LargeMemory.allocate((long) limit * chunkBytes, Arena.ofAuto());
        this.start = memory.address();
        this.open = new int[blockBytes.length];
        Arrays.fill(open, NONE);
    }

    /** What a slab for values of up to that length needs at least. */
    public static long leastBytes(int maxValueBytes) {
        return 2L * leastChunk(maxValueBytes);
    }

    /** What is enough for so many values, whatever their lengths. */
    public static double enoughBytes(int maxValueBytes, long values) {
        double wasteOfChunks = 1.25;
        return values * (double) blockBytes(maxValueBytes) * wasteOfChunks
                + (double) classes(maxValueBytes).length * Math.max(LARGE_CHUNK, leastChunk(maxValueBytes));
    }

    /** What a value takes in memory with all that belongs to it. */
    public static int blockBytes(int valueBytes) {
        int total = HEADER_BYTES + valueBytes;
        if (total <= LEAST_BLOCK) {
            return LEAST_BLOCK;
        }
        // Four sizes between two powers of two.
        int step = Math.max(UNIT, Integer.highestOneBit(total - 1) / 4);
        return (total + step - 1) / step * step;
    }

    private static int[] classes(int maxValueBytes) {
        int[] sizes = new int[4 * Integer.SIZE];
        int count = 0;
        int largest = blockBytes(maxValueBytes);
        for (int size = LEAST_BLOCK; size <= largest; size = blockBytes(size - HEADER_BYTES + 1)) {
            sizes[count++] = size;
        }
        return Arrays.copyOf(sizes, count);
    }

    /** A chunk holds at least four of the largest blocks, so that little of it is left over. */
    private static int leastChunk(int maxValueBytes) {
        return Integer.highestOneBit(8 * blockBytes(maxValueBytes) - 1);
    }

    private static int chunkBytes(int maxValueBytes, long bytes) {
        int least = leastChunk(maxValueBytes);
        long wanted = Math.min(LARGE_CHUNK, Long.highestOneBit(Math.max(1, bytes / WANTED_CHUNKS)));
        return (int) Math.max(least, wanted);
    }

    @Override
    public long take(int bytes) {
        int sizeClass = classOf(bytes);
        int chunk = open[sizeClass];
        if (chunk == NONE) {
            chunk = openChunk(sizeClass);
            if (chunk == NONE) {
                return -1;
            }
        }
        int block = chunks.firstFree[chunk];
        long at = blockAddress(chunk, block == NONE ? chunks.begun[chunk] : block);
        if (block == NONE) {
            chunks.begun[chunk]++;
        } else {
            chunks.firstFree[chunk] = RawMemory.getInt(at + NEXT_FREE);
        }
        RawMemory.putInt(at + STATE, TAKEN);
        chunks.live[chunk]++;
        taken++;
        if (!hasFreeBlock(chunk)) {
            unchain(chunk);
        }
        return (at - start) / UNIT;
    }

    private int openChunk(int sizeClass) {
        if (chunks.used() >= limit) {
            return NONE;
        }
        int chunk = chunks.idleCount > 0 ? chunks.idle[--chunks.idleCount] : chunks.touched++;
        chunks.sizeClass[chunk] = sizeClass;
        chunks.live[chunk] = 0;
        chunks.begun[chunk] = 0;
        chunks.firstFree[chunk] = NONE;
        chain(chunk);
        return chunk;
    }

    private boolean hasFreeBlock(int chunk) {
        return chunks.firstFree[chunk] != NONE || chunks.begun[chunk] < blocksPer(chunk);
    }

    private int blocksPer(int chunk) {
        return chunkBytes / blockBytes[chunks.sizeClass[chunk]];
    }

    private void chain(int chunk) {
        int sizeClass = chunks.sizeClass[chunk];
        int next = open[sizeClass];
        chunks.before[chunk] = NONE;
        chunks.behind[chunk] = next;
        if (next != NONE) {
            chunks.before[next] = chunk;
        }
        open[sizeClass] = chunk;
    }

    private void unchain(int chunk) {
        int before = chunks.before[chunk];
        int behind = chunks.behind[chunk];
        if (before == NONE) {
            open[chunks.sizeClass[chunk]] = behind;
        } else {
            chunks.behind[before] = behind;
        }
        if (behind != NONE) {
            chunks.before[behind] = before;
        }
    }

    @Override
    public void release(long slot) {
        int chunk = chunkOf(slot);
        long at = start + slot * UNIT;
        boolean wasFull = !hasFreeBlock(chunk);
        RawMemory.putInt(at + STATE, FREE);
        taken--;
        if (--chunks.live[chunk] == 0) {
            if (!wasFull) {
                unchain(chunk);
            }
            chunks.sizeClass[chunk] = NONE;
            chunks.idle[chunks.idleCount++] = chunk;
            return;
        }
        RawMemory.putInt(at + NEXT_FREE, chunks.firstFree[chunk]);
        chunks.firstFree[chunk] = (int) ((at - chunkAddress(chunk)) / blockBytes[chunks.sizeClass[chunk]]);
        if (wasFull) {
            chain(chunk);
        }
    }

    /**
     * The chunk of another class that has the fewest bytes in use: clearing it makes room for a value of that length.
     *
     * @return −1 where there is none
     */
    public int emptiest(int valueBytes) {
        int own = classOf(valueBytes);
        int best = NONE;
        long fewest = Long.MAX_VALUE;
        for (int chunk = 0; chunk < chunks.touched; chunk++) {
            int sizeClass = chunks.sizeClass[chunk];
            if (sizeClass == NONE || sizeClass == own) {
                continue;
            }
            long used = (long) chunks.live[chunk] * blockBytes[sizeClass];
            if (used < fewest) {
                fewest = used;
                best = chunk;
            }
        }
        return best;
    }

    /**
     * Offers each key that has a value in a chunk, until one cannot go.
     *
     * @return whether all went
     */
    public boolean clear(int chunk, LongPredicate evict) {
        int size = blockBytes[chunks.sizeClass[chunk]];
        int begun = chunks.begun[chunk];
        for (int block = 0; block < begun && chunks.sizeClass[chunk] != NONE; block++) {
            long at = chunkAddress(chunk) + (long) block * size;
            if (RawMemory.getInt(at + STATE) != FREE && !evict.test(RawMemory.getLong(at + KEY))) {
                return false;
            }
        }
        return true;
    }

    /** Gives out no further chunk beyond so many bytes. @return whether more than that is in use now */
    public boolean limitTo(long bytes) {
        limit = Math.clamp(bytes / chunkBytes, 1, chunks.idle.length);
        return chunks.used() > limit;
    }

    /** Writes what a block says of its value. */
    public void begin(long slot, long key, int length) {
        long at = start + slot * UNIT;
        RawMemory.putLong(at + KEY, key);
        RawMemory.putInt(at + LENGTH, length);
        RawMemory.putInt(at + EXPIRY, 0);
    }

    /** A value's length in the lower half and its expiry in the upper one, both of one moment. */
    public long lengthAndExpiry(long slot) {
        return RawMemory.getLong(start + slot * UNIT + LENGTH);
    }

    @Override
    public long address(long slot) {
        return start + slot * UNIT + HEADER_BYTES;
    }

    @Override
    public long home(long slot) {
        return RawMemory.getLong(start + slot * UNIT + HOME);
    }

    @Override
    public void setHome(long slot, long place) {
        RawMemory.putLong(start + slot * UNIT + HOME, place);
    }

    @Override
    public int expiry(long slot) {
        return RawMemory.getInt(start + slot * UNIT + EXPIRY);
    }

    @Override
    public void setExpiry(long slot, int seconds) {
        RawMemory.putInt(start + slot * UNIT + EXPIRY, seconds);
    }

    @Override
    public boolean mark(long slot) {
        long at = start + slot * UNIT + STATE;
        boolean marked = RawMemory.getInt(at) == MARKED;
        RawMemory.putInt(at, MARKED);
        return !marked;
    }

    @Override
    public void unmark(long slot) {
        RawMemory.putInt(start + slot * UNIT + STATE, TAKEN);
    }

    @Override
    public long taken() {
        return taken;
    }

    @Override
    public boolean commit(long bytes) {
        long from = committed;
        long more = Math.min(memory.byteSize() - from, bytes);
        RawMemory.commit(start + from, more);
        committed = from + more;
        return committed < memory.byteSize();
    }

    @Override
    public long committedBytes() {
        return committed;
    }

    @Override
    public void discard() {
        LargeMemory.discard(memory);
    }

    @Override
    public Footprint footprint() {
        return new Footprint((long) chunks.touched * chunkBytes, 0, 0, 0);
    }

    /** What chunks that belong to a class take now. */
    public long usedBytes() {
        return (long) chunks.used() * chunkBytes;
    }

    private int classOf(int bytes) {
        return Arrays.binarySearch(blockBytes, blockBytes(bytes));
    }

    private int chunkOf(long slot) {
        return (int) (slot >>> chunkShift);
    }

    private long chunkAddress(int chunk) {
        return start + (long) chunk * chunkBytes;
    }

    private long blockAddress(int chunk, int block) {
        return chunkAddress(chunk) + (long) block * blockBytes[chunks.sizeClass[chunk]];
    }
}
