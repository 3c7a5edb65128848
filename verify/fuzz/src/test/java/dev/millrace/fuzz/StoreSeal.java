package dev.millrace.fuzz;

import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.List;

/** Gives changed files of the tiered store checksums that fit, so that what they say is believed. Stateless. */
final class StoreSeal {
    private static final int PAGE = 4096;
    private static final int RECORD_HEADER = 32;
    private static final int BLOCK = 64 << 10;

    private StoreSeal() {}

    /** @param whole the file as it was, which says where its records begin */
    static void fit(String name, byte[] whole, byte[] bytes) {
        if (name.startsWith("checkpoint")) {
            fitCheckpoint(bytes);
        } else if (name.endsWith(".idx")) {
            fitIndex(bytes);
        } else {
            fitSegment(whole, bytes);
        }
    }

    private static void fitCheckpoint(byte[] bytes) {
        if (bytes.length >= 20) {
            ByteBuffer big = ByteBuffer.wrap(bytes);
            big.putInt(12, bytes.length - 20).putInt(16, Change.checksum(bytes, 20, bytes.length));
        }
    }

    private static void fitIndex(byte[] bytes) {
        if (bytes.length < PAGE) {
            return;
        }
        ByteBuffer head = Change.littleEndian(bytes);
        long cells = head.getLong(24);
        long sums = PAGE + cells;
        if (cells >= 0 && sums <= bytes.length) {
            int at = (int) sums;
            for (int from = PAGE; from < sums && at + 4 <= bytes.length; from += BLOCK, at += 4) {
                head.putInt(at, Change.checksum(bytes, from, (int) Math.min(sums, from + BLOCK)));
            }
            head.putInt(48, Change.checksum(bytes, (int) sums, bytes.length));
        }
        head.putInt(12, Change.checksum(bytes, 0, 12, 16, 56));
    }

    private static void fitSegment(byte[] whole, byte[] bytes) {
        ByteBuffer changed = Change.littleEndian(bytes);
        if (bytes.length >= PAGE) {
            changed.putInt(12, Change.checksum(bytes, 0, 12, 16, 64));
        }
        for (int at : records(whole)) {
            if (at + RECORD_HEADER <= bytes.length) {
                int length = changed.getInt(at + 4) & (1 << 28) - 1;
                changed.putInt(at, Change.checksum(bytes, at + 4, at + RECORD_HEADER + length));
            }
        }
    }

    /** Where records begin in a segment that is whole. */
    private static List<Integer> records(byte[] whole) {
        ByteBuffer bytes = Change.littleEndian(whole);
        List<Integer> found = new ArrayList<>();
        int at = PAGE;
        while (at + RECORD_HEADER <= whole.length) {
            if (bytes.getLong(at) == 0) {
                at = at - at % PAGE + PAGE;
            } else {
                found.add(at);
                int length = bytes.getInt(at + 4) & (1 << 28) - 1;
                at += RECORD_HEADER + length + 15 & -16;
            }
        }
        return found;
    }
}
