package dev.millrace.features;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import org.junit.jupiter.api.Test;

import java.time.Duration;
import java.util.List;
import java.util.stream.IntStream;

class HashedIdsTest {
    private static final List<Integer> GOLDEN = List.of(982_273, 713_572, 670_035, 209_057);

    @Test
    void bucket_ofGivenIds_isTheCommittedOne() {
        // A model learns buckets: another function needs another version of every hashed feature.
        HashedIds ids = new HashedIds(20);

        assertEquals(List.of(ids.bucket("a=b")), List.of(ids.bucket("a", "b")));
        assertEquals(GOLDEN, List.of(ids.bucket(""), ids.bucket("i1"), ids.bucket("user-42"), ids.bucket("日本")));
    }

    @Test
    void collisions_ofManyLikeIds_areAsFewAsChanceAllows() {
        for (String prefix : List.of("", "item-", "https://example.org/videos/")) {
            HashedIds.CollisionReport report = new HashedIds(18)
                    .collisions(IntStream.range(0, 100_000)
                            .mapToObj(i -> prefix + i)
                            .iterator());

            assertEquals(100_000, report.ids());
            assertEquals(report.expectedRate(), report.sharingRate(), 0.01, prefix);
            assertTrue(report.largest() < 12, "fullest bucket: " + report.largest());
        }
    }

    @Test
    void collisions_inTwoBuckets_areAllReported() {
        HashedIds.CollisionReport report =
                new HashedIds(1).collisions(List.of("a", "b", "c", "d", "e").iterator());

        assertEquals(5, report.ids());
        assertEquals(2, report.buckets());
        assertTrue(report.sharing() >= 4 && report.largest() >= 3, report.toString());
    }

    @Test
    void bits_outsideTheBounds_areRefused() {
        assertThrows(IllegalArgumentException.class, () -> new HashedIds(0));
        assertThrows(IllegalArgumentException.class, () -> new HashedIds(31));
    }

    @Test
    void decay_overAllAges_isWithinOneMillionthOfThePower() {
        Decay decay = new Decay(Duration.ofDays(1));
        for (long age = 0; age < 40 * 86_400L; age += 997) {
            double expected = Math.pow(2, -age / 86_400.0);
            assertEquals(expected, decay.factor(age), expected * 1e-6, "age " + age);
        }
        assertEquals(1, decay.factor(-5));
        assertEquals(0, decay.factor(Long.MAX_VALUE));
    }
}
