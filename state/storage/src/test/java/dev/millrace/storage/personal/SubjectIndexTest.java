package dev.millrace.storage.personal;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.millrace.testkit.Seed;
import org.junit.jupiter.api.Test;

import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;

/** Compares the index with a map, and reads it while it grows. */
class SubjectIndexTest {
    private final Random random = Seed.random("SubjectIndexTest");

    @Test
    void find_afterRandomPuts_agreesWithAMap() {
        SubjectIndex index = new SubjectIndex();
        Map<SubjectId, Long> map = new HashMap<>();
        for (int i = 0; i < 50_000; i++) {
            SubjectId subject = new SubjectId(random.nextInt(3), random.nextInt(20_000));
            long value = random.nextBoolean() ? SubjectIndex.live(i + 1) : SubjectIndex.dropped(i + 1);
            index.put(subject, value);
            map.put(subject, value);
        }
        assertEquals(map.size(), index.size());
        map.forEach((subject, value) -> assertEquals(value, index.find(subject)));
        for (int i = 0; i < 20_000; i++) {
            SubjectId subject = new SubjectId(random.nextInt(3), random.nextInt());
            assertEquals(map.getOrDefault(subject, SubjectIndex.NONE), index.find(subject));
        }
    }

    @Test
    void find_whileItGrows_seesWhatWasPutBefore() throws Exception {
        int count = 200_000;
        SubjectIndex index = new SubjectIndex();
        AtomicInteger written = new AtomicInteger();
        try (ExecutorService threads = Executors.newFixedThreadPool(2)) {
            List<Future<Integer>> readers = new ArrayList<>();
            for (int i = 0; i < 2; i++) {
                long seed = random.nextLong();
                readers.add(threads.submit(() -> {
                    Random order = new Random(seed);
                    int reads = 0;
                    while (written.get() < count) {
                        int known = written.get();
                        int number = order.nextInt(count);
                        long found = index.find(new SubjectId(number, ~number));
                        if (number < known) {
                            assertEquals(number + 1, found);
                        } else {
                            assertTrue(found == number + 1 || found == SubjectIndex.NONE);
                        }
                        reads++;
                    }
                    return reads;
                }));
            }
            for (int number = 0; number < count; number++) {
                index.put(new SubjectId(number, ~number), number + 1);
                written.set(number + 1);
            }
            for (Future<Integer> reader : readers) {
                assertTrue(reader.get(60, TimeUnit.SECONDS) > 0);
            }
        }
    }
}
