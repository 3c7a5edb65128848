package dev.millrace.index;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

import dev.millrace.model.InvalidValueException;
import org.junit.jupiter.api.Test;

import java.util.Arrays;
import java.util.Comparator;
import java.util.SplittableRandom;
import java.util.TreeMap;

final class NewItemsTest {
    private static final long SEED = 77;

    private final int[] items = new int[100];
    private final long[] created = new long[100];

    @Test
    void newest_ofNothing_isEmpty() {
        assertEquals(0, new NewItems(16).newest(10, items, created));
    }

    @Test
    void newest_afterRandomAdditionsAndRemovals_isThatOfASort() {
        SplittableRandom random = new SplittableRandom(SEED);
        NewItems index = new NewItems(32);
        TreeMap<Integer, Long> model = new TreeMap<>();
        for (int i = 0; i < 5_000; i++) {
            long time = i / 3 * 10L + random.nextInt(100) + i % 2;
            int item = random.nextInt(20) == 0 && i > 0 ? random.nextInt(i) : i;
            time = time * 10_000 + item; // no two are equal
            index.add(item, time);
            model.put(item, time);
            if (random.nextInt(50) == 0) {
                int last = index.newest(1, items, created) == 0 ? -1 : items[0];
                index.remove(last);
                model.remove(last);
            }
        }
        int[] expected = model.entrySet().stream()
                .sorted(Comparator.comparingLong(entry -> -entry.getValue()))
                .mapToInt(entry -> entry.getKey())
                .limit(16)
                .toArray();
        int count = index.newest(16, items, created);
        assertArrayEquals(expected, Arrays.copyOf(items, count), "seed " + SEED);
        assertEquals(model.get(items[0]), created[0]);
    }

    @Test
    void add_beyondTheCapacity_dropsTheOldest() {
        NewItems index = new NewItems(16);
        for (int item = 0; item < 1_000; item++) {
            index.add(item, item);
        }
        assertEquals(16, index.newest(100, items, created));
        assertEquals(999, items[0]);
        assertEquals(984, items[15]);
        index.add(2_000, 5);
        assertEquals(16, index.newest(100, items, created));
        assertEquals(984, items[15], "an older item does not come in");
    }

    @Test
    void add_ofAKnownItem_movesIt() {
        NewItems index = new NewItems(16);
        index.add(1, 100);
        index.add(2, 200);
        index.add(1, 300);
        assertEquals(2, index.newest(10, items, created));
        assertArrayEquals(new int[] {1, 2}, Arrays.copyOf(items, 2));
    }

    @Test
    void capacity_outOfBounds_isRefused() {
        assertThrows(InvalidValueException.class, () -> new NewItems(1));
        assertThrows(InvalidValueException.class, () -> new NewItems(16).add(-1, 0));
    }
}
