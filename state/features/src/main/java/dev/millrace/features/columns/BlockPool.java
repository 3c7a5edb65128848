package dev.millrace.features.columns;

import java.lang.invoke.MethodHandles;
import java.lang.invoke.VarHandle;
import java.util.Arrays;

/**
 * Blocks of longs of twelve sizes, so that what is known of a user takes the space it needs.
 *
 * <p>A handle is a size class (4 bits) and a number within the class (28 bits, from 1); 0 is no block. A freed block is
 * given out again, so a reader must check the stamp of the row that held the handle after it has read the block. One
 * writer; readers take no lock.
 */
public final class BlockPool {
    private static final VarHandle LONGS = MethodHandles.arrayElementVarHandle(long[].class);
    /** Steps of at most 2, mostly of 1.5 and 1.33: at most half of a block is unused, a sixth on average. */
    private static final int[] SIZES = {2, 4, 6, 8, 12, 16, 24, 32, 48, 64, 96, 128};

    private static final int CLASS_SHIFT = 28;
    private static final int NUMBER_MASK = (1 << CLASS_SHIFT) - 1;
    private static final int CHUNK_BITS = 8;
    private static final int CHUNK_BLOCKS = 1 << CHUNK_BITS;

    public static final int MAX_BLOCK = SIZES[SIZES.length - 1];

    private final SizeClass[] classes = new SizeClass[SIZES.length];

    public BlockPool() {
        for (int i = 0; i < classes.length; i++) {
            classes[i] = new SizeClass(SIZES[i]);
        }
    }

    /** A zeroed block of at least this many longs. Writer only. */
    public int allocate(int longs) {
        for (int i = 0; i < SIZES.length; i++) {
            if (SIZES[i] >= longs) {
                return (i << CLASS_SHIFT) | classes[i].take();
            }
        }
        throw new IllegalArgumentException("a block of " + longs + " longs; at most " + MAX_BLOCK + " are possible");
    }

    /** Writer only; 0 is allowed. */
    public void free(int handle) {
        if (handle != 0) {
            classes[handle >>> CLASS_SHIFT].giveBack(handle & NUMBER_MASK);
        }
    }

    /** How many longs the block holds; 0 for no block. */
    public int capacity(int handle) {
        return handle == 0 ? 0 : SIZES[handle >>> CLASS_SHIFT];
    }

    public long get(int handle, int index) {
        return classes[handle >>> CLASS_SHIFT].get(handle & NUMBER_MASK, index);
    }

    /** Writer only. */
    public void set(int handle, int index, long value) {
        classes[handle >>> CLASS_SHIFT].set(handle & NUMBER_MASK, index, value);
    }

    /** A larger block with the same beginning; the old one is freed. Writer only, inside a stamped write of the owner's row. */
    public int grow(int handle, int longs) {
        int larger = allocate(longs);
        for (int i = 0; i < capacity(handle); i++) {
            set(larger, i, get(handle, i));
        }
        free(handle);
        return larger;
    }

    /** The blocks of one size. */
    private static final class SizeClass {
        private final int size;
        private volatile long[][] chunks = new long[0][];
        private int next = 1;
        private int[] free = new int[16];
        private int freeCount;

        SizeClass(int size) {
            this.size = size;
        }

        int take() {
            if (freeCount > 0) {
                int number = free[--freeCount];
                for (int i = 0; i < size; i++) {
                    set(number, i, 0);
                }
                return number;
            }
            if (next > NUMBER_MASK) {
                throw new IllegalStateException("all " + NUMBER_MASK + " blocks of " + size + " longs are taken");
            }
            if (next >>> CHUNK_BITS >= chunks.length) {
                long[][] grown = Arrays.copyOf(chunks, chunks.length + 1);
                grown[chunks.length] = new long[CHUNK_BLOCKS * size];
                chunks = grown;
            }
            return next++;
        }

        void giveBack(int number) {
            if (freeCount == free.length) {
                free = Arrays.copyOf(free, 2 * freeCount);
            }
            free[freeCount++] = number;
        }

        long get(int number, int index) {
            return (long) LONGS.getOpaque(chunks[number >>> CHUNK_BITS], offset(number, index));
        }

        void set(int number, int index, long value) {
            LONGS.setOpaque(chunks[number >>> CHUNK_BITS], offset(number, index), value);
        }

        private int offset(int number, int index) {
            return (number & (CHUNK_BLOCKS - 1)) * size + index;
        }
    }
}
