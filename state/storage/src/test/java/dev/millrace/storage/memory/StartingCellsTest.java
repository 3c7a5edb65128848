package dev.millrace.storage.memory;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.millrace.testkit.Seed;
import org.junit.jupiter.api.Test;

import java.util.HashMap;
import java.util.Map;
import java.util.Random;

/** An index that is begun in the heap. */
class StartingCellsTest {
    @Test
    void index_ofCellsFromTheHeap_findsEveryKeyAndNoOther() {
        Random random = Seed.random("index_ofCellsFromTheHeap");
        for (int keys : new int[] {0, 1, 7, 20_000, 24_577, 300_000}) {
            StartingCells cells = new StartingCells();
            Map<Long, Long> expected = new HashMap<>();
            for (int i = 0; i < keys; i++) {
                // Some come again, and 0 is a key like any other.
                long key = random.nextInt(4) == 0 ? random.nextInt(1000) : random.nextLong();
                int at = cells.find(key);
                assertEquals(expected.getOrDefault(key, CellIndex.EMPTY), cells.entry(at));
                long before = cells.entry(at);
                long entry = random.nextInt(5) == 0
                        ? CellIndex.removed(before)
                        : CellIndex.next(before, false, random.nextInt(1 << 30));
                cells.set(at, key, entry);
                expected.put(key, entry);
            }
            CellIndex index = cells.toIndex();
            assertEquals(expected.size(), index.usedCells());
            expected.forEach((key, entry) -> assertEquals(entry, index.entry(index.find(key, index.home(key)))));
            for (int i = 0; i < 1000; i++) {
                long other = random.nextLong();
                long found = index.entry(index.find(other, index.home(other)));
                assertEquals(expected.getOrDefault(other, CellIndex.EMPTY), found);
            }
        }
    }

    @Test
    void cells_ofMoreKeysThanAStartReplays_areFull() {
        StartingCells cells = new StartingCells();
        for (long key = 0; key < StartingCells.MOST_KEYS; key++) {
            assertTrue(!cells.isFull());
            cells.set(cells.find(key), key, CellIndex.next(0, false, key));
        }
        assertTrue(cells.isFull());
        CellIndex index = cells.toIndex();
        assertTrue(index.isFull(), "an index of as many cells has no room for another key either");
    }
}
