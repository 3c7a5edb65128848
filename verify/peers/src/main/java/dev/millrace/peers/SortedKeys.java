package dev.millrace.peers;

import dev.millrace.benchmarks.store.engine.RowSource;

import java.util.Arrays;

/** The keys of all rows in the order that a sorted store loads fastest. Stateless. */
final class SortedKeys {
    private SortedKeys() {}

    /** In the order of their unsigned values. */
    static long[] unsigned(RowSource rows) {
        long[] keys = new long[Math.toIntExact(rows.count())];
        for (int i = 0; i < keys.length; i++) {
            keys[i] = rows.key(i) ^ Long.MIN_VALUE;
        }
        Arrays.parallelSort(keys);
        for (int i = 0; i < keys.length; i++) {
            keys[i] ^= Long.MIN_VALUE;
        }
        return keys;
    }
}
