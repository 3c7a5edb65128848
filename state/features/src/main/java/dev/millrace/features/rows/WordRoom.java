package dev.millrace.features.rows;

import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.util.Arrays;

/**
 * Room for one row of variable length, in 64-bit words; reused. What is beyond the row is zero, so that nothing of a person is left behind
 * that of another. Owned by one thread at a time.
 */
public final class WordRoom {
    private final long[] words;
    private final MemorySegment memory;
    private int size;
    private boolean late;

    /** For the longest row of a table, with room to change it. */
    public WordRoom(FeatureTable table) {
        this(table.longs());
    }

    WordRoom(int mostWords) {
        words = new long[mostWords + 1];
        memory = MemorySegment.ofArray(words);
    }

    /** The words, of which the first {@link #size()} are a row. */
    public long[] words() {
        return words;
    }

    /** 0 where there is no row. */
    public int size() {
        return size;
    }

    public void size(int newSize) {
        if (newSize < size) {
            Arrays.fill(words, newSize, size, 0);
        }
        size = newSize;
        late = false;
    }

    /** Whether there is no row only because a tier of the store did not give it in time. */
    public boolean isLate() {
        return late;
    }

    /** Called after {@link #size(int)}. */
    void late(boolean isSo) {
        late = isSo;
    }

    /** Bytes of the row, from a word on. */
    public byte[] bytes(int fromWord, int count) {
        return memory.asSlice((long) fromWord * Long.BYTES, count).toArray(ValueLayout.JAVA_BYTE);
    }

    /** Adds bytes behind the row, and zeros to the end of the last word. */
    public void append(byte[] bytes) {
        int added = (bytes.length + Long.BYTES - 1) / Long.BYTES;
        Arrays.fill(words, size, size + added, 0);
        MemorySegment.copy(bytes, 0, memory, ValueLayout.JAVA_BYTE, (long) size * Long.BYTES, bytes.length);
        size(size + added);
    }

    /** A copy of the row. */
    public long[] copy() {
        return Arrays.copyOf(words, size);
    }

    void take(long[] row) {
        take(row, row.length);
    }

    /** Takes the first words of an array. */
    void take(long[] row, int count) {
        System.arraycopy(row, 0, words, 0, count);
        size(count);
    }

    /** Leaves nothing of any row, also of one that was read while it was replaced. */
    public void clear() {
        Arrays.fill(words, 0);
        size(0);
    }

    MemorySegment memory() {
        return memory;
    }
}
