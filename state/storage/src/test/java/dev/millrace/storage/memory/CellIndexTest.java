package dev.millrace.storage.memory;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import org.junit.jupiter.api.Test;

import java.util.Random;

class CellIndexTest {
    private static final int KEYS = 3_000;

    private final long[] keys = new Random(21).longs(KEYS).toArray();
    private final long[] positions = new long[KEYS];
    private final long[] entries = new long[KEYS];
    private final int[] rest = new int[KEYS];

    @Test
    void findInLines_homesAndTheLinesBehind_findsWhatASearchFinds() {
        CellIndex index = full();
        index.homes(keys, 0, KEYS, positions);
        int others = index.findInLines(keys, 0, KEYS, positions, entries, new byte[KEYS], rest);
        assertAllButTheRestAreFound(index, keys, KEYS, others);

        long[] otherKeys = new long[others];
        for (int j = 0; j < others; j++) {
            otherKeys[j] = keys[rest[j]];
            positions[j] = index.lineAfter(index.home(otherKeys[j]));
        }
        int farther = index.findInLines(otherKeys, 0, others, positions, entries, new byte[KEYS], rest);
        assertAllButTheRestAreFound(index, otherKeys, others, farther);
        // Three quarters full, one line in four overflows, and few overflow twice.
        assertTrue(others > KEYS / 20 && others < KEYS / 3, others + " keys are not at home");
        assertTrue(farther < others / 2, farther + " of " + others + " keys are not in the line behind");
    }

    /** 3,000 keys in 4,096 cells. */
    private CellIndex full() {
        CellIndex index = CellIndex.sizedFor(KEYS);
        for (int i = 0; i < KEYS; i++) {
            index.set(index.find(keys[i], index.home(keys[i])), keys[i], CellIndex.next(CellIndex.EMPTY, true, i));
        }
        return index;
    }

    private void assertAllButTheRestAreFound(CellIndex index, long[] asked, int count, int others) {
        int other = 0;
        for (int i = 0; i < count; i++) {
            if (other < others && rest[other] == i) {
                other++;
                continue;
            }
            assertEquals(index.find(asked[i], index.home(asked[i])), positions[i]);
            assertEquals(index.entry(positions[i]), entries[i]);
        }
        assertEquals(others, other);
    }
}
