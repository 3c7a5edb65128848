package dev.millrace.storage;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.sun.management.ThreadMXBean;
import dev.millrace.model.ErrorCode;
import dev.millrace.model.MillraceException;
import org.junit.jupiter.api.Test;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.management.ManagementFactory;

class MemoryRowTableTest extends RowTableContract {
    @Override
    protected RowTable create(int rowBytes, int maxRows) {
        return new MemoryRowTable(rowBytes, maxRows);
    }

    @Test
    void put_beyondTheLimit_failsAndKeepsWhatIsThere() {
        try (RowTable table = create(8, 2)) {
            MemorySegment row = MemorySegment.ofArray(new long[] {3});
            table.put(1, row, 0);
            table.put(2, row, 0);
            assertEquals(
                    ErrorCode.STORAGE_FAILED,
                    assertThrows(MillraceException.class, () -> table.put(3, row, 0))
                            .code());
            table.put(2, row, 0);
            assertTrue(table.remove(1));
            table.put(3, row, 0);
            assertEquals(2, table.size());
        }
    }

    @Test
    void size_whenRemovedAndAddedForever_needsNoMoreMemoryThanTheRows() {
        try (MemoryRowTable table = new MemoryRowTable(8, 1_000)) {
            for (long key = 0; key < 1_000_000; key++) {
                table.put(key, MemorySegment.ofArray(new long[] {key}), 0);
                assertTrue(table.remove(key));
            }
            assertEquals(0, table.size());
            assertFalse(table.get(999_999, MemorySegment.ofArray(new long[1]), 0));
        }
    }

    @Test
    void getBatch_inAWarmLoop_allocatesNothing() {
        ThreadMXBean threads = (ThreadMXBean) ManagementFactory.getThreadMXBean();
        try (RowTable table = create(256, 10_000);
                Arena arena = Arena.ofConfined()) {
            MemorySegment into = arena.allocate(500 * 256, 64);
            for (int key = 0; key < 10_000; key++) {
                table.put(key, into, 0);
            }
            long[] keys = new long[500];
            for (int i = 0; i < 500; i++) {
                // One key in ten is missing.
                keys[i] = i * 22L;
            }
            boolean[] found = new boolean[500];
            read(table, keys, into, found, 5_000);
            long before = threads.getCurrentThreadAllocatedBytes();
            read(table, keys, into, found, 1_000);
            long perBatch = (threads.getCurrentThreadAllocatedBytes() - before) / 1_000;
            assertTrue(perBatch < 64, perBatch + " bytes allocated per batch");
        }
    }

    private static void read(RowTable table, long[] keys, MemorySegment into, boolean[] found, int times) {
        for (int i = 0; i < times; i++) {
            assertEquals(455, table.getBatch(keys, keys.length, into, 0, found));
        }
    }
}
