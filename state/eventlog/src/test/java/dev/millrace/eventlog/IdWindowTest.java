package dev.millrace.eventlog;

import static org.junit.jupiter.api.Assertions.assertEquals;

import dev.millrace.testkit.Seed;
import org.junit.jupiter.api.Test;

import java.util.ArrayList;
import java.util.List;
import java.util.Random;

class IdWindowTest {
    @Test
    void window_atRandom_matchesAList() {
        Random random = Seed.random("window_atRandom");
        for (int round = 0; round < 20; round++) {
            int capacity = 1 + random.nextInt(2_000);
            long start = random.nextInt(3) * 65_000L;
            requireMatch(new IdWindow(capacity, start), capacity, start, random);
        }
    }

    /** Few distinct hashes, which crowd into few tables, and many that wander out of the window. */
    private static void requireMatch(IdWindow window, int capacity, long start, Random random) {
        List<Long> model = new ArrayList<>();
        int durable = 0;
        for (int step = 0; step < 20_000; step++) {
            long id = random.nextInt(capacity * 2);
            int oldest = Math.max(0, model.size() - capacity);
            int known = model.subList(oldest, model.size()).lastIndexOf(id);
            assertEquals(known < 0 ? -1 : start + oldest + known, window.find(high(id), low(id)));
            if (known < 0) {
                window.add(high(id), low(id));
                model.add(id);
            }
            if (random.nextInt(10) == 0) {
                if (random.nextInt(3) == 0) {
                    window.takeBack(start + durable);
                    model.subList(durable, model.size()).clear();
                } else {
                    window.forgetOld();
                    durable = model.size();
                    assertEquals(start + Math.max(0, durable - capacity), window.first());
                }
            }
        }
    }

    private static long high(long id) {
        return id * 31;
    }

    /** The upper byte chooses the table, the lower bits the place: both collide often. */
    private static long low(long id) {
        return (id % 3) << 56 | id % 7;
    }
}
