package dev.millrace.storage.personal;

import static org.junit.jupiter.api.Assertions.assertEquals;

import dev.millrace.testkit.Seed;
import org.junit.jupiter.api.Test;

import java.util.HashMap;
import java.util.Map;
import java.util.Random;

class KeySlotsTest {
    @Test
    void find_anyNumber_givesItsSlotOrThatItWasLeftOut() {
        Random random = Seed.random("find_anyNumber");
        for (int round = 0; round < 200; round++) {
            KeySlots slots = new KeySlots(1);
            Map<Long, Long> expected = new HashMap<>();
            long slot = 0;
            long number = 0;
            for (int i = random.nextInt(60); i > 0; i--) {
                // Damaged records take a slot and a number, records that were left out a number alone.
                long damaged = random.nextInt(10) == 0 ? random.nextInt(3) : 0;
                slot += 1 + damaged;
                number += 1 + damaged + (random.nextInt(4) == 0 ? random.nextInt(5) : 0);
                slots.add(slot, number);
                expected.put(number, slot);
            }
            for (Map.Entry<Long, Long> record : expected.entrySet()) {
                assertEquals(record.getValue(), slots.find(record.getKey()));
            }
            assertEquals(KeySlots.NOT_YET, slots.find(number + 1));
            assertEquals(number + 1, slots.end());
        }
    }

    @Test
    void find_behindWhatARewritingLeftOut_isLeftOut() {
        KeySlots slots = new KeySlots(10);
        assertEquals(KeySlots.LEFT_OUT, slots.find(9));
        assertEquals(KeySlots.NOT_YET, slots.find(10));
        slots.add(1, 3);
        slots.add(2, 4);
        slots.add(3, 12);
        assertEquals(KeySlots.LEFT_OUT, slots.find(2));
        assertEquals(1, slots.find(3));
        assertEquals(2, slots.find(4));
        assertEquals(KeySlots.LEFT_OUT, slots.find(5));
        assertEquals(3, slots.find(12));
        assertEquals(KeySlots.NOT_YET, slots.find(13));
    }
}
