package dev.millrace.features.rows;

import java.lang.foreign.MemorySegment;
import java.util.Arrays;

/** A copy of a row, in about as many words as it needs; reused. What is beyond the row is zero. Owned by one thread at a time. */
final class RowCopy {
    /** A row grows by a word or two with each event: in such steps few of them make it move. */
    private static final int STEP_WORDS = 32;

    private long[] words = {};
    private MemorySegment memory = MemorySegment.ofArray(words);
    private int size;

    /** How many bytes there is room for. */
    int bytes() {
        return words.length * Long.BYTES;
    }

    /** How many words the row has. */
    int size() {
        return size;
    }

    MemorySegment memory() {
        return memory;
    }

    void take(WordRoom row) {
        if (row.size() > words.length) {
            clear();
            words = new long[(row.size() + STEP_WORDS - 1) / STEP_WORDS * STEP_WORDS];
            memory = MemorySegment.ofArray(words);
        }
        System.arraycopy(row.words(), 0, words, 0, row.size());
        if (row.size() < size) {
            Arrays.fill(words, row.size(), size, 0);
        }
        size = row.size();
    }

    void giveTo(WordRoom room) {
        room.take(words, size);
    }

    /** Leaves nothing of the row. */
    void clear() {
        Arrays.fill(words, 0, size, 0);
        size = 0;
    }
}
