package dev.millrace.storage.memory;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import org.junit.jupiter.api.Test;

import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.List;
import java.util.Random;

class RowSlabTest {
    private static final RowSlab.Parts SCALED = new RowSlab.Parts(true, false);

    /** @param capacity how many slots there are; their memory is reserved, not touched */
    private static RowSlab slab(int capacity) {
        return new RowSlab(8, capacity, SCALED);
    }

    @Test
    void withScale_ofAnyCapacity_isTheScaleRoundedUpToTheBitsThatAreLeft() {
        Random random = new Random(5);
        int[] capacities = {1, 2, 3, 255, 256, 257, 1 << 20, (1 << 20) + 1, 1 << 23, 200_000_000};
        float[] coarsest = {0, 0, 0, 0, 0, 0x1p-22f, 0x1p-11f, 0x1p-10f, 0x1p-8f, 0x1p-3f};
        for (int i = 0; i < capacities.length; i++) {
            RowSlab slab = slab(capacities[i]);
            for (int round = 0; round < 10_000; round++) {
                float scale = Float.intBitsToFloat(random.nextInt(Float.floatToRawIntBits(Float.MAX_VALUE / 127)));
                long slot = random.nextInt(capacities[i]);
                float kept = slab.scale(slab.withScale(slot, scale));
                String seen = scale + " became " + kept + " beside " + capacities[i] + " slots";
                assertTrue(kept >= scale, seen);
                assertTrue(scale < Float.MIN_NORMAL || kept / scale - 1 <= coarsest[i], seen);
            }
        }
    }

    @Test
    void slotWithScale_isTheSameSlotAndFitsIntoAnEntry() {
        RowSlab slab = slab(1_000);
        for (long slot = 0; slot < 1_000; slot++) {
            long scaled = slab.withScale(slot, Float.MAX_VALUE / 127);
            assertTrue(scaled < CellIndex.MAX_PLACE);
            assertEquals(slab.address(slot), slab.address(scaled));
            slab.setHome(scaled, slot + 7);
            assertEquals(slot + 7, slab.home(slot));
            assertEquals(scaled, CellIndex.place(CellIndex.next(0, true, scaled)));
            // Another scale takes the place of the one before.
            assertEquals(slab.withScale(slot, 3), slab.withScale(scaled, 3));
        }
    }

    @Test
    void release_ofASlotWithScale_givesTheSlotAgain() {
        RowSlab slab = slab(2);
        long first = slab.take(8);
        long second = slab.take(8);
        assertEquals(-1, slab.take(8));
        slab.release(slab.withScale(first, 0.5f));
        assertEquals(first, slab.take(8));
        slab.release(slab.withScale(second, 0));
        assertEquals(second, slab.take(8));
        assertEquals(2, slab.taken());
    }

    @Test
    void slotsGivenBack_comeAgainTheLastFirst_andNoneTwice() {
        RowSlab slab = slab(300);
        Random random = new Random(11);
        Deque<Long> free = new ArrayDeque<>();
        List<Long> held = new ArrayList<>();
        for (int round = 0; round < 20_000; round++) {
            if (!held.isEmpty() && random.nextInt(5) < 2) {
                long slot = held.remove(random.nextInt(held.size()));
                slab.release(slab.withScale(slot, random.nextFloat()));
                free.push(slot);
            } else {
                long slot = slab.take(8);
                assertEquals(held.size() < 300, slot >= 0);
                if (slot >= 0) {
                    assertTrue(free.isEmpty() ? !held.contains(slot) : slot == free.pop(), "slot " + slot);
                    slab.setHome(slot, random.nextLong());
                    held.add(slot);
                }
            }
            assertEquals(held.size(), slab.taken());
        }
    }
}
