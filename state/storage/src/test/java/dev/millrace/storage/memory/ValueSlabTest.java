package dev.millrace.storage.memory;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import org.junit.jupiter.api.Test;

import java.util.HashMap;
import java.util.Map;
import java.util.Random;

class ValueSlabTest {
    @Test
    void blockBytes_ofEveryLength_holdTheValueAndGrowInSmallSteps() {
        int before = ValueSlab.blockBytes(0);
        assertEquals(64, before);
        for (int length = 1; length <= ValueSlab.MAX_VALUE_BYTES; length++) {
            int block = ValueSlab.blockBytes(length);
            assertTrue(block >= length + ValueSlab.HEADER_BYTES, "length " + length);
            if (block != before) {
                assertTrue(block <= before * 1.5 && (before < 128 || block <= before * 1.34), before + " to " + block);
                assertTrue(before < 256 || block <= before * 1.25, before + " to " + block);
                assertEquals(
                        before - ValueSlab.HEADER_BYTES + 1, length, "the block of the length before was not full");
            }
            assertTrue(block < 256 || block % 64 == 0, "a block of " + block + " bytes");
            before = block;
        }
    }

    @Test
    void blocks_takenAndGivenBackAtRandom_neverOverlap() {
        long seed = System.nanoTime();
        Random random = new Random(seed);
        ValueSlab slab = new ValueSlab(2_000, 1 << 20);
        Map<Long, Integer> taken = new HashMap<>();
        for (int step = 0; step < 100_000; step++) {
            int length = random.nextInt(step % 3_000 < 1_500 ? 50 : 2_001);
            long slot = random.nextInt(3) > 0 ? slab.take(length) : -1;
            if (slot >= 0) {
                int size = ValueSlab.blockBytes(length) / 32;
                slab.begin(slot, slot, length);
                assertFalse(taken.containsKey(slot), "seed " + seed);
                taken.put(slot, size);
            } else if (!taken.isEmpty()) {
                long gone = taken.keySet().iterator().next();
                taken.remove(gone);
                slab.release(gone);
            }
            assertEquals(taken.size(), slab.taken(), "seed " + seed);
        }
        long end = 0;
        for (long slot : taken.keySet().stream().sorted().toList()) {
            assertTrue(slot >= end, "seed " + seed + ": blocks overlap at " + slot);
            end = slot + taken.get(slot);
        }
        assertTrue(slab.footprint().total() <= 1 << 20);
    }

    @Test
    void chunk_whoseBlocksAreAllFree_servesAnotherSize() {
        ValueSlab slab = new ValueSlab(1_000, 1 << 20);
        Map<Long, Integer> taken = new HashMap<>();
        fill(slab, 10, taken);
        assertEquals(-1, slab.take(1_000));
        assertTrue(slab.emptiest(1_000) >= 0);
        assertEquals(-1, slab.emptiest(10), "a chunk of the same size would not help");
        long used = slab.usedBytes();
        assertTrue(slab.clear(slab.emptiest(1_000), slot -> {
            slab.release(slot);
            return taken.remove(slot) != null;
        }));
        assertTrue(slab.usedBytes() < used);
        assertTrue(slab.take(1_000) >= 0);
        assertEquals(used, slab.usedBytes());
    }

    @Test
    void limit_lowered_isSeenUntilAChunkIsCleared() {
        ValueSlab slab = new ValueSlab(1_000, 1 << 20);
        Map<Long, Integer> taken = new HashMap<>();
        fill(slab, 10, taken);
        assertFalse(slab.limitTo(1 << 20));
        assertTrue(slab.limitTo((1 << 20) - 1));
        assertTrue(slab.clear(slab.emptiest(1_000), slot -> {
            slab.release(slot);
            return true;
        }));
        assertFalse(slab.limitTo((1 << 20) - 1));
        assertEquals(-1, slab.take(1_000));
    }

    /** A value's key is its slot. */
    private static void fill(ValueSlab slab, int length, Map<Long, Integer> taken) {
        for (long slot = slab.take(length); slot >= 0; slot = slab.take(length)) {
            slab.begin(slot, slot, length);
            taken.put(slot, length);
        }
    }
}
