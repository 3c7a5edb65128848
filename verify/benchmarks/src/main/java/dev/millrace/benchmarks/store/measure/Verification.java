package dev.millrace.benchmarks.store.measure;

import dev.millrace.benchmarks.store.engine.Int8Rows;
import dev.millrace.benchmarks.store.engine.OpaqueRows;
import dev.millrace.benchmarks.store.engine.RowSource;

import java.lang.foreign.MemorySegment;
import java.util.Arrays;

/** Holds what a store answered against what was put in, to the last bit. Stateless. */
public final class Verification {
    private Verification() {}

    /** Thrown where a store gave other bytes than it was given. */
    public static final class WrongAnswerException extends RuntimeException {
        private static final long serialVersionUID = 1;

        WrongAnswerException(String message) {
            super(message);
        }
    }

    /** @param found what the store said; every key has a row */
    public static void checkRows(RowSource source, long[] keys, int count, int found, MemorySegment rows) {
        if (found != count) {
            throw new WrongAnswerException("the store found " + found + " of " + count + " rows");
        }
        for (int i = 0; i < count; i++) {
            if (!source.isRow(keys[i], rows, (long) i * source.rowBytes())) {
                throw new WrongAnswerException("row " + i + " of the batch is not that of key " + keys[i]);
            }
        }
    }

    /** The row must have the version or a later one. */
    public static void checkVersion(long key, long atLeast, MemorySegment rows, long offset) {
        long version = OpaqueRows.version(rows, offset);
        if (version < atLeast) {
            throw new WrongAnswerException(
                    "key " + key + " has version " + version + "; version " + atLeast + " was acknowledged");
        }
    }

    /** @param expected scratch, as long as {@code sums} */
    public static void checkSums(long[] keys, int count, float[] sums, float[] expected) {
        Int8Rows.expectedSums(keys, count, expected);
        int wrong = Arrays.mismatch(expected, sums);
        if (wrong >= 0) {
            throw new WrongAnswerException(
                    "dimension " + wrong + " sums up to " + sums[wrong] + " instead of " + expected[wrong]);
        }
    }
}
