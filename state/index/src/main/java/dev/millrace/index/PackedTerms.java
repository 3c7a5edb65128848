package dev.millrace.index;

import java.util.Arrays;

/**
 * The terms of each item in eight bytes, for a search that looks at thousands of items. One writer; any thread may read.
 *
 * <pre>
 * bits 0–15 first term   16–31 second   32–47 third   48–63 fourth      0xFFFF: none
 * </pre>
 *
 * <p>The rows of items that follow each other share a cache line, while an array for each item costs two reads from
 * memory. Items with more terms, or with a term whose number is too great, are marked {@link #ELSEWHERE}.
 */
final class PackedTerms {
    /** How many terms a row has room for. */
    static final int PLACES = 4;

    static final int BITS = 16;
    static final int MASK = 0xFFFF;

    /** {@link TopicTerms} gives no term this number: a search looks up the empty places of a row like terms. */
    static final int NO_TERM = MASK;

    /** The row of an item without terms. */
    static final long EMPTY = -1L;

    /** The row of an item whose terms do not fit: ask {@link TopicTerms#of}. */
    static final long ELSEWHERE = -2L;

    private static final int GREATEST = 0xFFFD;

    private volatile long[] rows = empty(1_024);

    long of(int item) {
        long[] seen = rows;
        return item >= 0 && item < seen.length ? seen[item] : EMPTY;
    }

    /** Writer only. */
    void put(int item, int[] terms) {
        long[] all = rows;
        if (item >= all.length) {
            long[] larger = empty(Math.max(item + 1, all.length + (all.length >> 1)));
            System.arraycopy(all, 0, larger, 0, all.length);
            all = larger;
        }
        all[item] = pack(terms);
        rows = all; // publishes the row
    }

    static long pack(int[] terms) {
        if (terms.length > PLACES) {
            return ELSEWHERE;
        }
        long row = EMPTY;
        for (int i = terms.length - 1; i >= 0; i--) {
            if (terms[i] > GREATEST) {
                return ELSEWHERE;
            }
            row = row << BITS | terms[i];
        }
        return row;
    }

    private static long[] empty(int length) {
        long[] rows = new long[length];
        Arrays.fill(rows, EMPTY);
        return rows;
    }
}
