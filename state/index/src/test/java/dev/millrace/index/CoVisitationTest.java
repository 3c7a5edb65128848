package dev.millrace.index;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.millrace.model.InvalidValueException;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.DataInputStream;
import java.io.DataOutputStream;
import java.io.IOException;
import java.time.Duration;
import java.util.Arrays;
import java.util.HashSet;
import java.util.Set;
import java.util.SplittableRandom;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicReference;

@Timeout(60)
final class CoVisitationTest {
    private static final long SEED = 99;
    private static final long T0 = 1_700_000_000_000L;
    private static final Duration MONTH = Duration.ofDays(30);

    private final int[] items = new int[256];
    private final float[] scores = new float[256];

    @Test
    void neighbours_ofAnUnknownItem_areNone() {
        CoVisitation index = new CoVisitation(CoVisitationConfig.defaults());
        assertEquals(0, index.neighbours(7, 10, T0, items, scores));
        assertEquals(0, index.neighbours(-1, 10, T0, items, scores));
    }

    @Test
    void neighbours_areThoseThatFollowMostOften() {
        CoVisitation index = new CoVisitation(CoVisitationConfig.defaults());
        for (int i = 0; i < 30; i++) {
            index.update(new int[] {1}, 1, 2, 1, T0 + i);
            if (i % 3 == 0) {
                index.update(new int[] {1}, 1, 3, 1, T0 + i);
            }
        }
        assertEquals(2, index.neighbours(1, 10, T0 + 30, items, scores));
        assertArrayEquals(new int[] {2, 3}, Arrays.copyOf(items, 2));
        assertTrue(scores[0] > scores[1] && scores[0] <= 1, scores[0] + " and " + scores[1]);
        assertEquals(1, index.neighbours(2, 10, T0 + 30, items, scores));
        assertEquals(1, items[0], "what went before is a partner too");
    }

    @Test
    void neighbours_ofAPopularItem_areNotThoseThatEverybodySees() {
        CoVisitation index = new CoVisitation(CoVisitationConfig.defaults());
        int everywhere = 0;
        for (int i = 0; i < 400; i++) {
            int item = 1 + i % 40;
            index.update(new int[] {item}, 1, everywhere, 1, T0);
            index.update(new int[] {item}, 1, item + 1_000, 1, T0);
        }
        index.neighbours(5, 10, T0, items, scores);
        assertEquals(1_005, items[0], "both followed equally often, but one belongs to this item alone");
    }

    @Test
    void update_pairsOnlyWithinTheWindow_andNeverWithItself() {
        CoVisitation index = new CoVisitation(new CoVisitationConfig(8, 100, 2, MONTH));
        index.update(new int[] {1, 2, 9, 3, 99}, 4, 9, 1, T0);
        assertEquals(0, index.neighbours(1, 10, T0, items, scores));
        assertEquals(0, index.neighbours(2, 10, T0, items, scores));
        assertEquals(1, index.neighbours(3, 10, T0, items, scores));
        assertEquals(1, index.neighbours(9, 10, T0, items, scores));
        assertEquals(3, items[0]);
    }

    @Test
    void neighbours_afterHalfLives_preferTheNewOverTheMany() {
        CoVisitation index = new CoVisitation(new CoVisitationConfig(8, 100, 4, Duration.ofHours(1)));
        for (int i = 0; i < 100; i++) {
            index.update(new int[] {1}, 1, 2, 1, T0);
        }
        long later = T0 + Duration.ofHours(10).toMillis();
        index.update(new int[] {1}, 1, 3, 1, later);
        index.neighbours(1, 10, later, items, scores);
        assertEquals(3, items[0], "100 / 2^10 is less than 1");
        long muchLater = T0 + Duration.ofHours(100_000).toMillis();
        index.update(new int[] {1}, 1, 4, 1, muchLater);
        index.neighbours(1, 10, muchLater, items, scores);
        assertEquals(4, items[0]);
        assertTrue(scores[0] > 0 && Float.isFinite(scores[0]));
    }

    @Test
    void partners_beyondTheCapacity_leaveTheFrequentOnes() {
        SplittableRandom random = new SplittableRandom(SEED);
        CoVisitation index = new CoVisitation(new CoVisitationConfig(16, 100_000, 1, MONTH));
        for (int i = 0; i < 40_000; i++) {
            boolean frequent = random.nextInt(4) > 0;
            int partner = frequent ? 1 + random.nextInt(8) : 100 + random.nextInt(20_000);
            index.update(new int[] {0}, 1, partner, 1, T0);
        }
        assertEquals(16, index.neighbours(0, 100, T0, items, scores));
        Set<Integer> kept = new HashSet<>();
        for (int i = 0; i < 16; i++) {
            kept.add(items[i]);
        }
        for (int partner = 1; partner <= 8; partner++) {
            assertTrue(kept.contains(partner), partner + " of " + kept + " with seed " + SEED);
        }
    }

    @Test
    void items_beyondTheCapacity_leaveTheRecentOnes() {
        CoVisitation index = new CoVisitation(new CoVisitationConfig(4, 64, 1, MONTH));
        for (int i = 0; i < 10_000; i++) {
            index.update(new int[] {2 * i}, 1, 2 * i + 1, 1, T0 + i);
            assertTrue(index.size() <= 64);
        }
        int recent = 0;
        int old = 0;
        for (int i = 0; i < 10_000; i++) {
            int found = index.neighbours(2 * i, 4, T0, items, scores);
            recent += i >= 9_900 ? found : 0;
            old += i < 9_000 ? found : 0;
        }
        assertTrue(recent >= 20, recent + " of the last hundred");
        assertEquals(0, old);
    }

    @Test
    void remove_forgetsThePartnersOfAnItem() {
        CoVisitation index = new CoVisitation(CoVisitationConfig.defaults());
        index.update(new int[] {1}, 1, 2, 1, T0);
        index.remove(1);
        index.remove(77);
        assertEquals(0, index.neighbours(1, 10, T0, items, scores));
        assertEquals(1, index.neighbours(2, 10, T0, items, scores));
        index.update(new int[] {1}, 1, 3, 1, T0);
        assertEquals(1, index.neighbours(1, 10, T0, items, scores));
        assertEquals(3, items[0]);
    }

    @Test
    void load_ofWhatWasSaved_goesOnAsBefore() throws IOException {
        CoVisitationConfig config = new CoVisitationConfig(8, 300, 4, Duration.ofHours(5));
        CoVisitation before = new CoVisitation(config);
        feed(before, 0, 20_000);
        ByteArrayOutputStream bytes = new ByteArrayOutputStream();
        before.save(new DataOutputStream(bytes));
        CoVisitation after = new CoVisitation(config);
        feed(after, 50, 90);
        after.load(new DataInputStream(new ByteArrayInputStream(bytes.toByteArray())));
        feed(before, 20_000, 25_000);
        feed(after, 20_000, 25_000);
        int[] found = new int[256];
        float[] values = new float[256];
        for (int item = 0; item < 1_000; item++) {
            int count = before.neighbours(item, 8, T0, items, scores);
            assertEquals(count, after.neighbours(item, 8, T0, found, values));
            assertArrayEquals(Arrays.copyOf(items, count), Arrays.copyOf(found, count));
            assertArrayEquals(Arrays.copyOf(scores, count), Arrays.copyOf(values, count));
        }
        byte[] torn = Arrays.copyOf(bytes.toByteArray(), bytes.size() / 2);
        assertThrows(IOException.class, () -> after.load(new DataInputStream(new ByteArrayInputStream(torn))));
    }

    @Test
    void capture_whilePairsAreCounted_isWhatWasThereWhenItBegan() throws IOException {
        CoVisitation index = new CoVisitation(new CoVisitationConfig(8, 300, 4, Duration.ofHours(5)));
        feed(index, 0, 20_000);
        ByteArrayOutputStream expected = new ByteArrayOutputStream();
        index.save(new DataOutputStream(expected));
        CoVisitationCapture capture = index.capture();
        ByteArrayOutputStream bytes = new ByteArrayOutputStream();
        long most = 0;
        for (int at = 20_000; capture.write(new DataOutputStream(bytes), 7); at += 50) {
            feed(index, at, at + 50);
            most = Math.max(most, capture.keptBytes());
        }
        assertEquals(0, capture.keptBytes(), "all that was kept was written");
        capture.close();
        assertTrue(most > 0, "no row changed before its turn");
        assertArrayEquals(expected.toByteArray(), bytes.toByteArray());
        ByteArrayOutputStream later = new ByteArrayOutputStream();
        index.save(new DataOutputStream(later));
        assertFalse(Arrays.equals(expected.toByteArray(), later.toByteArray()), "the index went on");
    }

    @Test
    void neighbours_whilePairsAreCounted_areAlwaysWhole() throws InterruptedException {
        CoVisitation index = new CoVisitation(new CoVisitationConfig(16, 100, 4, MONTH));
        AtomicBoolean done = new AtomicBoolean();
        AtomicReference<String> problem = new AtomicReference<>("");
        Thread reader = Thread.ofPlatform().start(() -> {
            int[] found = new int[16];
            float[] values = new float[16];
            while (!done.get()) {
                for (int item = 0; item < 50; item++) {
                    int count = index.neighbours(item, 16, T0, found, values);
                    for (int i = 0; i < count; i++) {
                        boolean ordered = i == 0 || values[i] <= values[i - 1];
                        if (!ordered || found[i] < 0 || found[i] >= 200 || !(values[i] > 0 && values[i] <= 1)) {
                            problem.set(found[i] + " at " + values[i]);
                        }
                    }
                    if (Arrays.stream(found).limit(count).distinct().count() != count) {
                        problem.set("twice in " + Arrays.toString(found));
                    }
                }
            }
        });
        SplittableRandom random = new SplittableRandom(SEED);
        for (int i = 0; i < 200_000; i++) {
            index.update(new int[] {random.nextInt(200), random.nextInt(200)}, 2, random.nextInt(200), 1, T0 + i);
        }
        done.set(true);
        reader.join();
        assertEquals("", problem.get(), "with seed " + SEED);
    }

    @Test
    void update_withNonsense_isRefused() {
        CoVisitation index = new CoVisitation(CoVisitationConfig.defaults());
        assertThrows(InvalidValueException.class, () -> index.update(new int[] {1}, 1, -2, 1, T0));
        assertThrows(InvalidValueException.class, () -> index.update(new int[] {1}, 1, 2, -1, T0));
        assertThrows(InvalidValueException.class, () -> new CoVisitationConfig(1, 100, 4, MONTH));
    }

    private static void feed(CoVisitation index, int from, int to) {
        for (int i = from; i < to; i++) {
            SplittableRandom random = new SplittableRandom(SEED + i);
            int[] recent = {random.nextInt(1_000), random.nextInt(1_000), random.nextInt(1_000)};
            index.update(recent, 3, random.nextInt(1_000), 1 + i % 2, T0 + i * 1_000L);
        }
    }
}
