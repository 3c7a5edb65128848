package dev.millrace.storage.tiered;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.millrace.storage.segment.SegmentFormat;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

import java.io.IOException;
import java.io.RandomAccessFile;
import java.lang.foreign.MemorySegment;
import java.nio.file.Files;
import java.nio.file.Path;

/** What a power failure can leave of a group that was handed to the disk in parts: the later pages without the first. */
class TornGroupTest {
    private static final int LONGS = 32;
    private static final int ROWS = 200;

    @TempDir
    private Path directory;

    @ParameterizedTest
    @ValueSource(booleans = {true, false})
    void group_whoseFirstPageIsMissing_isNotThereAtAll(boolean afterACheckpoint) throws IOException {
        Path torn = directory.resolve("torn");
        long border;
        try (TieredStore store = StoreFixture.open(
                directory.resolve("whole"), TableSpec.tiered("rows", LONGS * Long.BYTES, 10_000, 10 << 20))) {
            if (afterACheckpoint) {
                store.checkpoint();
            }
            put(store.table("rows"), 0, 3);
            store.awaitDurable(store.position());
            border = store.log().end().bytes();
            put(store.table("rows"), 100, ROWS);
            store.awaitDurable(store.position());
            StoreFixture.copy(directory.resolve("whole"), torn);
        }
        assertTrue(border % SegmentFormat.PAGE_BYTES > 0, "the groups share a page");
        zeroToTheEndOfThePage(newestLog(torn), border);

        for (int start = 0; start < 2; start++) {
            try (TieredStore store = StoreFixture.open(torn)) {
                TieredTable table = store.table("rows");
                for (int key = 0; key < 3; key++) {
                    assertEquals(1, StoreFixture.version(table, key));
                }
                for (int key = 100; key < 100 + ROWS; key++) {
                    assertFalse(table.get(key, MemorySegment.ofArray(new long[LONGS]), 0), "key " + key);
                }
                assertEquals(start, table.get(5_000, MemorySegment.ofArray(new long[LONGS]), 0) ? 1 : 0);
                put(table, 5_000, 1);
            }
        }
    }

    private static void put(TieredTable table, long first, int count) {
        long[] keys = new long[count];
        MemorySegment rows = MemorySegment.ofArray(new long[count * LONGS]);
        for (int i = 0; i < count; i++) {
            keys[i] = first + i;
            MemorySegment.copy(
                    StoreFixture.row(keys[i], 1, LONGS), 0, rows, (long) i * LONGS * Long.BYTES, LONGS * Long.BYTES);
        }
        long ignored = table.putBatch(keys, count, rows, 0);
    }

    private static Path newestLog(Path at) throws IOException {
        return StoreFixture.files(at).stream()
                .filter(file -> file.toString().endsWith(".log"))
                .reduce((a, b) -> b)
                .orElseThrow();
    }

    private static void zeroToTheEndOfThePage(Path file, long from) throws IOException {
        long size = Files.size(file);
        try (RandomAccessFile bytes = new RandomAccessFile(file.toFile(), "rw")) {
            long end = from - from % SegmentFormat.PAGE_BYTES + SegmentFormat.PAGE_BYTES;
            assertTrue(end < size, "the group goes on behind the page");
            bytes.seek(from);
            bytes.write(new byte[(int) (end - from)]);
        }
    }
}
