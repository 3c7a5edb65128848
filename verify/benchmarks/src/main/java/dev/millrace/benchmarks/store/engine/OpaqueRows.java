package dev.millrace.benchmarks.store.engine;

import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;

/** Rows of 64-bit words: the version, then words that follow from key and version. Immutable. */
public record OpaqueRows(long count, int rowBytes) implements RowSource {
    private static final ValueLayout.OfLong WORD = ValueLayout.JAVA_LONG_UNALIGNED;
    private static final long GOLDEN = 0x9e3779b97f4a7c15L;

    public OpaqueRows {
        if (count < 1 || rowBytes < 16 || rowBytes % Long.BYTES != 0) {
            throw new IllegalArgumentException(
                    "count " + count + " must be at least 1, rowBytes " + rowBytes + " a multiple of 8, at least 16");
        }
    }

    @Override
    public void write(long key, long version, MemorySegment into, long offset) {
        into.set(WORD, offset, version);
        long word = first(key, version);
        for (long at = Long.BYTES; at < rowBytes; at += Long.BYTES) {
            into.set(WORD, offset + at, word);
            word += GOLDEN;
        }
    }

    @Override
    public boolean isRow(long key, MemorySegment rows, long offset) {
        long word = first(key, rows.get(WORD, offset));
        long wrong = 0;
        for (long at = Long.BYTES; at < rowBytes; at += Long.BYTES) {
            wrong |= rows.get(WORD, offset + at) ^ word;
            word += GOLDEN;
        }
        return wrong == 0;
    }

    /** The version of a row that {@link #isRow} has found whole. */
    public static long version(MemorySegment rows, long offset) {
        return rows.get(WORD, offset);
    }

    private static long first(long key, long version) {
        return RowSource.mix(key + version * GOLDEN);
    }
}
