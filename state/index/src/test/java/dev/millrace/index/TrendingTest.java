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
import java.util.SplittableRandom;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicReference;

@Timeout(60)
final class TrendingTest {
    private static final long SEED = 5;
    private static final long T0 = 1_700_000_000_000L;
    private static final long HOUR = 3_600_000;

    private final int[] items = new int[100];
    private final float[] scores = new float[100];

    @Test
    void score_afterOneHalfLife_isHalf() {
        Trending trending = new Trending(new TrendingConfig(16, Duration.ofHours(1)));
        trending.record(3, 4, T0);
        assertEquals(4, trending.score(3, T0), 1e-4f);
        assertEquals(2, trending.score(3, T0 + HOUR), 1e-4f);
        assertEquals(0.5f, trending.score(3, T0 + 3 * HOUR), 1e-4f);
        assertEquals(0, trending.score(4, T0));
        assertEquals(0, trending.score(-1, T0));
    }

    @Test
    void record_ofALateAction_countsAsIfItHadComeInTime() {
        Trending inTime = new Trending(new TrendingConfig(16, Duration.ofHours(1)));
        inTime.record(1, 1, T0);
        inTime.record(1, 2, T0 + HOUR);
        Trending late = new Trending(new TrendingConfig(16, Duration.ofHours(1)));
        late.record(1, 2, T0 + HOUR);
        late.record(1, 1, T0);
        assertEquals(inTime.score(1, T0 + HOUR), late.score(1, T0 + HOUR), 1e-4f);
        assertEquals(2.5f, late.score(1, T0 + HOUR), 1e-4f);
    }

    @Test
    void score_overThousandsOfHalfLives_staysFinite() {
        Trending trending = new Trending(new TrendingConfig(16, Duration.ofHours(1)));
        for (int hour = 0; hour < 5_000; hour++) {
            trending.record(hour % 7, 1, T0 + hour * HOUR);
        }
        // The newest of item 1 was 4 hours ago (5,000 = 7 × 714 + 2): 1 / (1 − 2^−7) of its own weight.
        long now = T0 + 4_999 * HOUR;
        assertEquals(1 / (1 - Math.pow(2, -7)), trending.score(4_999 % 7, now), 1e-4);
        assertEquals(7, trending.top(100, now, items, scores));
        assertEquals(4_999 % 7, items[0]);
    }

    @Test
    void top_afterManyActionsAndRemovals_isThatOfASort() {
        SplittableRandom random = new SplittableRandom(SEED);
        Trending trending = new Trending(new TrendingConfig(64, Duration.ofHours(24)));
        double[] weights = new double[2_000];
        for (int i = 0; i < 50_000; i++) {
            int item = (int) (2_000 * Math.pow(random.nextDouble(), 3));
            long time = T0 + i * 1_000L;
            trending.record(item, 1, time);
            weights[item] += Math.pow(2, i / 86_400.0);
            if (i % 500 == 0) {
                trending.remove(item);
                weights[item] = 0;
            }
        }
        // Removals leave gaps of which a quarter of the list is refilled at the latest: the first half is exact.
        int count = trending.top(32, T0 + 50_000_000, items, scores);
        int[] expected = new int[2_000];
        Arrays.setAll(expected, i -> i);
        int[] order = Arrays.stream(expected)
                .boxed()
                .sorted((a, b) -> Double.compare(weights[b], weights[a]))
                .mapToInt(Integer::intValue)
                .limit(32)
                .toArray();
        assertArrayEquals(order, Arrays.copyOf(items, count), "seed " + SEED);
    }

    @Test
    void standing_isOneForTheFirst_andLessForTheRest() {
        Trending trending = new Trending(new TrendingConfig(16, Duration.ofHours(1)));
        assertEquals(0, trending.standing(0));
        trending.record(0, 256, T0);
        trending.record(1, 1, T0);
        assertEquals(1, trending.standing(0));
        assertEquals(0.5f, trending.standing(1));
        assertEquals(0, trending.standing(2));
    }

    @Test
    void load_ofWhatWasSaved_goesOnAsBefore() throws IOException {
        Trending before = new Trending(new TrendingConfig(16, Duration.ofHours(1)));
        for (int i = 0; i < 1_000; i++) {
            before.record(i * 31 % 97, 1 + i % 3, T0 + i * 60_000L);
        }
        Trending after = new Trending(new TrendingConfig(16, Duration.ofHours(1)));
        after.record(5_000, 9, T0);
        after.load(in(saved(before)));
        before.record(50, 2, T0 + 70_000_000);
        after.record(50, 2, T0 + 70_000_000);
        int count = before.top(16, T0 + 70_000_000, items, scores);
        int[] found = new int[100];
        float[] values = new float[100];
        assertEquals(count, after.top(16, T0 + 70_000_000, found, values));
        assertArrayEquals(items, found);
        assertArrayEquals(scores, values);
        assertEquals(0, after.score(5_000, T0));
    }

    @Test
    void load_ofDamage_saysWhatIsWrong() throws IOException {
        Trending trending = new Trending(new TrendingConfig(16, Duration.ofHours(1)));
        trending.record(1, 1, T0);
        byte[] whole = saved(trending);
        assertThrows(IOException.class, () -> trending.load(in(Arrays.copyOf(whole, whole.length - 3))));
        byte[] newer = whole.clone();
        newer[3] = 9;
        String format =
                assertThrows(IOException.class, () -> trending.load(in(newer))).getMessage();
        assertTrue(format != null && format.contains("format 9"), format);
        Trending other = new Trending(new TrendingConfig(16, Duration.ofHours(2)));
        assertThrows(IOException.class, () -> other.load(in(whole)));
    }

    @Test
    void record_ofNonsense_isRefused() {
        Trending trending = new Trending(TrendingConfig.defaults());
        assertThrows(InvalidValueException.class, () -> trending.record(-1, 1, T0));
        assertThrows(InvalidValueException.class, () -> trending.record(1, 0, T0));
        assertThrows(InvalidValueException.class, () -> trending.record(1, Float.NaN, T0));
        assertThrows(InvalidValueException.class, () -> new TrendingConfig(1, Duration.ofHours(1)));
    }

    @Test
    void top_whileItemsRise_neverGivesOneTwiceOrOutOfOrder() throws InterruptedException {
        Trending trending = new Trending(new TrendingConfig(64, Duration.ofDays(1)));
        for (int item = 0; item < 64; item++) {
            trending.record(item, 1, T0);
        }
        AtomicBoolean done = new AtomicBoolean();
        AtomicReference<String> problem = new AtomicReference<>("");
        Thread reader = Thread.ofPlatform().start(() -> {
            int[] found = new int[64];
            float[] values = new float[64];
            while (!done.get()) {
                int count = trending.top(64, T0, found, values);
                if (Arrays.stream(found).limit(count).distinct().count() != 64) {
                    problem.set(Arrays.toString(found));
                }
                for (int i = 1; i < count; i++) {
                    if (values[i] > values[i - 1]) {
                        problem.set("out of order: " + Arrays.toString(values));
                    }
                }
            }
        });
        SplittableRandom random = new SplittableRandom(SEED);
        for (int i = 0; i < 300_000; i++) {
            trending.record(random.nextInt(64), 1, T0 + i);
        }
        done.set(true);
        reader.join();
        assertEquals("", problem.get());
        assertFalse(reader.isAlive());
    }

    private static byte[] saved(Trending trending) throws IOException {
        ByteArrayOutputStream bytes = new ByteArrayOutputStream();
        trending.save(new DataOutputStream(bytes));
        return bytes.toByteArray();
    }

    private static DataInputStream in(byte[] bytes) {
        return new DataInputStream(new ByteArrayInputStream(bytes));
    }
}
