package dev.millrace.index;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.millrace.kernels.TopK;
import dev.millrace.kernels.VectorMath;
import dev.millrace.model.InvalidValueException;
import dev.millrace.model.MillraceException;
import dev.millrace.runtime.Deadline;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.HashSet;
import java.util.Set;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicReference;

@Timeout(120)
final class VectorIndexTest {
    private static final long SEED = 20_261_122L;
    private static final int D = 32;
    private static final VectorIndexConfig CONFIG =
            VectorIndexConfig.defaults().withDeltaLimit(256).withBuildThreads(2);

    private final int[] items = new int[1_000];
    private final float[] scores = new float[1_000];

    @Test
    void search_ofABuiltIndex_findsNearlyAllOfTheBest() {
        Clusters data = new Clusters(SEED, 20_000, D);
        try (VectorIndex index = VectorIndex.build(D, 20_000, data, CONFIG, Progress.none())) {
            double found = 0;
            for (int q = 0; q < 50; q++) {
                float[] query = data.next();
                int n = index.search(query, 100, null, Deadline.none(), items, scores);
                assertEquals(100, n);
                assertDescending(n);
                found += overlap(n, best(data.vectors, 20_000, query, 100));
            }
            assertTrue(found / 5_000 >= 0.95, "recall@100 is " + found / 5_000 + " with seed " + SEED);
        }
    }

    @Test
    void search_returnsTheInnerProductItself() {
        Clusters data = new Clusters(SEED, 3_000, D);
        try (VectorIndex index = VectorIndex.build(D, 3_000, data, CONFIG, Progress.none())) {
            float[] query = data.next();
            int n = index.search(query, 10, null, Deadline.none(), items, scores);
            for (int i = 0; i < n; i++) {
                assertEquals(VectorMath.dot(query, data.vectors[items[i]], D), scores[i], 1e-4f);
            }
        }
    }

    @Test
    void search_ofAnEmptyIndex_findsNothing() {
        try (VectorIndex index = VectorIndex.build(D, 0, new Clusters(SEED, 0, D), CONFIG, Progress.none())) {
            assertEquals(0, index.search(new Clusters(SEED, 0, D).next(), 10, null, Deadline.none(), items, scores));
            assertEquals(0, index.size());
        }
    }

    @Test
    void build_ofAFewVectors_isExact() {
        for (int size : new int[] {1, 2, 3, 50}) {
            Clusters data = new Clusters(SEED, size, D);
            try (VectorIndex index = VectorIndex.build(D, size, data, CONFIG, Progress.none())) {
                float[] query = data.next();
                int n = index.search(query, 60, null, Deadline.none(), items, scores);
                assertEquals(best(data.vectors, size, query, size), set(n));
            }
        }
    }

    @Test
    void add_isSeenByTheNextSearch_throughBuffersAndMerges() throws InterruptedException {
        Clusters data = new Clusters(SEED, 6_000, D);
        try (VectorIndex index = VectorIndex.build(D, 2_000, data, CONFIG, Progress.none())) {
            for (int item = 2_000; item < 6_000; item++) {
                index.add(item, data.vectors[item]);
                if (item % 97 == 0) {
                    float[] query = scaled(data.vectors[item], 10);
                    int n = index.search(query, 200, null, Deadline.none(), items, scores);
                    assertTrue(set(n).contains(item), "item " + item + " is missing with seed " + SEED);
                }
            }
            index.awaitMerged();
            assertEquals(6_000, index.size());
            assertTrue(index.segments() <= 8, index.segments() + " segments");
            double found = 0;
            for (int q = 0; q < 20; q++) {
                float[] query = data.next();
                int n = index.search(query, 100, null, Deadline.none(), items, scores);
                found += overlap(n, best(data.vectors, 6_000, query, 100));
            }
            assertTrue(found / 2_000 >= 0.95, "recall@100 is " + found / 2_000 + " with seed " + SEED);
        }
    }

    @Test
    void add_ofAKnownItem_replacesItsVector() {
        Clusters data = new Clusters(SEED, 3_000, D);
        try (VectorIndex index = VectorIndex.build(D, 3_000, data, CONFIG, Progress.none())) {
            float[] loud = scaled(data.vectors[0], 100);
            index.add(17, loud);
            int n = index.search(data.vectors[0], 50, null, Deadline.none(), items, scores);
            assertEquals(17, items[0]);
            assertEquals(n, set(n).size(), "each item once");
            assertEquals(3_000, index.size());
        }
    }

    @Test
    void remove_isSeenByTheNextSearch_inEveryPart() {
        Clusters data = new Clusters(SEED, 3_000, D);
        try (VectorIndex index = VectorIndex.build(D, 2_900, data, CONFIG, Progress.none())) {
            for (int item = 2_900; item < 3_000; item++) {
                index.add(item, data.vectors[item]);
            }
            Set<Integer> gone = new HashSet<>();
            float[] query = data.next();
            for (int round = 0; round < 20; round++) {
                int n = index.search(query, 50, null, Deadline.none(), items, scores);
                assertTrue(set(n).stream().noneMatch(gone::contains));
                assertTrue(index.remove(items[0]));
                gone.add(items[0]);
            }
            assertEquals(2_980, index.size());
            assertFalse(index.remove(items[0]), "it is gone already");
            assertFalse(index.remove(1_000_000));
        }
    }

    @Test
    void search_withAFilter_returnsOnlyWhatItAccepts() {
        Clusters data = new Clusters(SEED, 5_000, D);
        try (VectorIndex index = VectorIndex.build(D, 5_000, data, CONFIG, Progress.none())) {
            float[] query = data.next();
            int n = index.search(query, 50, item -> item % 10 == 3, Deadline.none(), items, scores);
            assertEquals(50, n);
            assertTrue(set(n).stream().allMatch(item -> item % 10 == 3));
        }
    }

    @Test
    void search_afterItsDeadline_returnsAPartOfTheAnswer() {
        Clusters data = new Clusters(SEED, 30_000, D);
        try (VectorIndex index =
                VectorIndex.build(D, 30_000, data, CONFIG.withGraph(8, 32).withSearchBeam(1_000), Progress.none())) {
            float[] query = data.next();
            Deadline expired = Deadline.after(Duration.ofNanos(-1));
            int late = index.search(query, 1_000, null, expired, items, scores);
            assertTrue(expired.isExpired());
            assertTrue(late > 0 && late < 1_000, late + " found");
            assertEquals(1_000, index.search(query, 1_000, null, Deadline.none(), items, scores));
        }
    }

    @Test
    void vector_thatMeansNothing_isRefusedWithAReason() {
        Clusters data = new Clusters(SEED, 100, D);
        try (VectorIndex index = VectorIndex.build(D, 100, data, CONFIG, Progress.none())) {
            float[] broken = data.next();
            broken[5] = Float.NaN;
            assertMessage("vector of item 7 has NaN at dimension 5", () -> index.add(7, broken));
            assertMessage("vector of item 7 is all zero", () -> index.add(7, new float[D]));
            assertMessage("has 3 dimensions; the index has 32", () -> index.add(7, new float[] {1, 2, 3}));
            assertMessage("query vector has NaN", () -> index.search(broken, 10, null, Deadline.none(), items, scores));
            assertMessage("ordinal is -1", () -> index.add(-1, data.next()));
        }
        data.vectors[42] = new float[D];
        assertMessage(
                "vector of item 42 is all zero",
                () -> VectorIndex.build(D, 100, data, CONFIG, Progress.none()).close());
    }

    @Test
    void open_ofABuiltDirectory_answersAsBefore(@TempDir Path directory) throws Exception {
        Clusters data = new Clusters(SEED, 4_000, D);
        VectorIndexConfig onDisk = CONFIG.withDirectory(directory);
        float[] query = data.next();
        Set<Integer> before;
        try (VectorIndex index = VectorIndex.build(D, 4_000, data, onDisk, Progress.none())) {
            before = set(index.search(query, 100, null, Deadline.none(), items, scores));
        }
        try (VectorIndex index = VectorIndex.open(D, onDisk)) {
            assertEquals(before, set(index.search(query, 100, null, Deadline.none(), items, scores)));
            index.add(9_999, scaled(query, 50));
            index.search(query, 1, null, Deadline.none(), items, scores);
            assertEquals(9_999, items[0]);
        }
        assertThrows(
                MillraceException.class, () -> VectorIndex.open(D + 1, onDisk).close());
        try (var files = Files.list(directory)) {
            Path longest = files.max((a, b) ->
                            Long.compare(a.toFile().length(), b.toFile().length()))
                    .orElseThrow();
            Files.write(longest, new byte[10]);
        }
        assertThrows(MillraceException.class, () -> VectorIndex.open(D, onDisk).close());
    }

    @Test
    void build_tellsHowFarItHasCome() {
        Clusters data = new Clusters(SEED, 30_000, D);
        AtomicReference<String> problem = new AtomicReference<>("never called");
        long[] last = {0, 0};
        Progress progress = (done, total) -> {
            synchronized (last) {
                problem.set(done < last[0] || done > total ? done + " after " + last[0] + " of " + total : "");
                last[0] = done;
                last[1]++;
            }
        };
        VectorIndex.build(D, 30_000, data, CONFIG, progress).close();
        assertEquals("", problem.get());
        assertTrue(last[1] > 5, last[1] + " calls");
    }

    @Test
    void search_whileVectorsComeAndGo_neverFailsAndKeepsWhatStays() throws InterruptedException {
        Clusters data = new Clusters(SEED, 8_000, D);
        try (VectorIndex index = VectorIndex.build(D, 3_000, data, CONFIG, Progress.none())) {
            float[] loud = scaled(data.vectors[1], 100);
            index.add(1, loud);
            AtomicBoolean done = new AtomicBoolean();
            AtomicReference<Throwable> failure = new AtomicReference<>();
            Thread reader = Thread.ofPlatform().start(() -> {
                int[] found = new int[100];
                float[] values = new float[100];
                try {
                    while (!done.get()) {
                        int n = index.search(data.vectors[1], 100, null, Deadline.none(), found, values);
                        assertTrue(n == 100 && found[0] == 1, n + " found, first " + found[0]);
                    }
                } catch (Throwable e) {
                    failure.set(e);
                }
            });
            for (int item = 3_000; item < 8_000; item++) {
                index.add(item, data.vectors[item]);
                if (item % 3 == 0) {
                    index.remove(item - 100);
                }
            }
            index.awaitMerged();
            done.set(true);
            reader.join();
            assertEquals(null, failure.get(), "with seed " + SEED);
        }
    }

    @Test
    void add_afterClose_isRefused() {
        VectorIndex index = VectorIndex.build(D, 0, new Clusters(SEED, 0, D), CONFIG, Progress.none());
        index.close();
        float[] vector = new Clusters(SEED, 0, D).next();
        assertThrows(MillraceException.class, () -> index.add(1, vector));
    }

    private void assertDescending(int n) {
        for (int i = 1; i < n; i++) {
            assertTrue(scores[i] <= scores[i - 1]);
        }
    }

    private static void assertMessage(String part, org.junit.jupiter.api.function.Executable call) {
        String message = assertThrows(InvalidValueException.class, call).getMessage();
        assertTrue(message != null && message.contains(part), message);
    }

    private int overlap(int n, Set<Integer> expected) {
        int hits = 0;
        for (int i = 0; i < n; i++) {
            hits += expected.contains(items[i]) ? 1 : 0;
        }
        return hits;
    }

    private Set<Integer> set(int n) {
        Set<Integer> found = new HashSet<>();
        for (int i = 0; i < n; i++) {
            found.add(items[i]);
        }
        return found;
    }

    private static Set<Integer> best(float[][] vectors, int n, float[] query, int k) {
        TopK top = new TopK(k);
        for (int i = 0; i < n; i++) {
            top.offer(i, VectorMath.dot(query, vectors[i], D));
        }
        int[] keys = new int[k];
        int count = top.drain(keys, new float[k]);
        Set<Integer> found = new HashSet<>();
        for (int i = 0; i < count; i++) {
            found.add(keys[i]);
        }
        return found;
    }

    private static float[] scaled(float[] vector, float factor) {
        float[] copy = vector.clone();
        VectorMath.scale(factor, copy, copy.length);
        return copy;
    }
}
