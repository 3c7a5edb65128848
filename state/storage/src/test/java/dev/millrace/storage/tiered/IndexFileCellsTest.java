package dev.millrace.storage.tiered;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.millrace.storage.disk.Disk;
import dev.millrace.storage.memory.CellIndex;
import dev.millrace.testkit.Seed;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

import java.io.IOException;
import java.lang.foreign.MemorySegment;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.Random;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;

/** What goes to an index file while the table is used. */
class IndexFileCellsTest {
    private static final int KEYS = 600;
    private static final int READS = 40_000;
    /** Half of the rows have room in memory. */
    private static final TableSpec ROWS = TableSpec.tiered("rows", 64, 1_000, 300 * 100);

    @TempDir
    private Path directory;

    /** Rows that come from disk and leave memory are where they were; what is read of a slot may already be another's. */
    @Test
    @Timeout(120)
    void cells_copiedWhileRowsComeAndGo_nameEachRowsPlace() throws Exception {
        try (TieredStore store = openFilled();
                ExecutorService reader = Executors.newSingleThreadExecutor()) {
            TieredTable table = store.table("rows");
            CellIndex index = table.view().index();
            long[] places = new long[KEYS];
            Arrays.setAll(places, key -> table.upkeep().placeOf(key));
            Future<?> reading = reader.submit(() -> readAtRandom(table));
            ByteBuffer cells = ByteBuffer.allocate((int) index.bytes()).order(ByteOrder.LITTLE_ENDIAN);
            while (!reading.isDone()) {
                assertTrue(table.upkeep()
                        .copyCells(index, index.start(), (int) (index.bytes() / CellIndex.CELL_BYTES), cells.clear()));
                requirePlaces(cells.flip(), places);
            }
            reading.get(60, TimeUnit.SECONDS);
            assertTrue(store.stat().tables().getFirst().reads().evicted() > READS / 10, "rows had to leave");
        }
    }

    private TieredStore openFilled() throws IOException {
        TieredStore store = TieredStore.open(
                directory,
                StoreFixture.SMALL,
                List.of(ROWS),
                new TieredStore.Surroundings(Disk.local(), () -> 1_000, false));
        for (int key = 0; key < KEYS; key++) {
            store.table("rows").put(key, StoreFixture.row(key, 1, 8), 0);
        }
        store.awaitDurable(store.position());
        return store;
    }

    private static void readAtRandom(TieredTable table) {
        Random random = Seed.random("IndexFileCellsTest.reads");
        MemorySegment row = MemorySegment.ofArray(new long[8]);
        for (int i = 0; i < READS; i++) {
            assertTrue(table.get(random.nextInt(KEYS), row, 0));
        }
    }

    private static void requirePlaces(ByteBuffer cells, long[] places) {
        int rows = 0;
        while (cells.hasRemaining()) {
            long key = cells.getLong();
            long entry = cells.getLong();
            if (entry != CellIndex.EMPTY) {
                assertEquals(places[(int) key], CellIndex.place(entry), () -> "the place of key " + key);
                rows++;
            }
        }
        assertEquals(KEYS, rows);
    }
}
