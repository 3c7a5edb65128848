package dev.millrace.index;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.millrace.model.AttributeValue;
import dev.millrace.model.InvalidValueException;
import dev.millrace.model.Item;
import dev.millrace.model.ItemId;
import dev.millrace.runtime.Deadline;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.SplittableRandom;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicReference;

@Timeout(60)
final class TopicIndexTest {
    private static final long SEED = 4_242;

    private final int[] items = new int[1_000];
    private final float[] scores = new float[1_000];
    private final TopicQuery query = new TopicQuery();
    private final TopicIndex index = new TopicIndex(new TopicIndexConfig(60_000, 16), ItemPrior.none());

    @Test
    void search_ofAnEmptyIndex_findsNothing() {
        query.reset(1);
        query.add(0, 1);
        assertEquals(0, search(10));
        query.reset(1);
        assertEquals(0, search(10));
    }

    @Test
    void search_isBestFirst_byTheSumOfWeights() {
        index.upsert(0, item("a"));
        index.upsert(1, item("a", "b"));
        index.upsert(2, item("b", "c"));
        index.upsert(3, item("d"));
        query.reset(1);
        query.add(index.topicTerm("a"), 3);
        query.add(index.topicTerm("b"), 1);
        assertEquals(3, search(10));
        assertEquals(List.of(1, 0, 2), list(3));
        assertEquals(1, scores[0], 1e-5f);
        assertEquals(0.75f, scores[1], 1e-5f);
        assertEquals(0.25f, scores[2], 1e-5f);
    }

    @Test
    void search_ofRandomItems_agreesWithLookingAtEach() {
        SplittableRandom random = new SplittableRandom(SEED);
        int n = 5_000;
        List<List<String>> topics = new ArrayList<>();
        for (int i = 0; i < n; i++) {
            List<String> own = topics(random);
            topics.add(own);
            index.upsert(i, item(own.toArray(new String[0])));
        }
        for (int round = 0; round < 30; round++) {
            query.reset(round);
            float sum = 0;
            float[] weights = new float[30];
            for (String topic : Set.copyOf(topics(random))) {
                int number = Integer.parseInt(topic.substring(1));
                weights[number] = 1 + random.nextInt(5);
                sum += weights[number];
                query.add(index.topicTerm(topic), weights[number]);
            }
            int count = search(50);
            List<Float> expected = new ArrayList<>();
            for (int i = 0; i < n; i++) {
                expected.add(score(topics.get(i), weights) / sum);
            }
            for (int i = 0; i < count; i++) {
                assertEquals(expected.get(items[i]), scores[i], 1e-5f);
            }
            expected.sort((a, b) -> Float.compare(b, a));
            for (int i = 0; i < count; i++) {
                assertEquals(expected.get(i), scores[i], 1e-5f, "place " + i + " with seed " + SEED);
            }
        }
    }

    @Test
    void upsert_isSeenByTheNextSearch() {
        for (int item = 0; item < 100; item++) {
            index.upsert(item, item("x" + item));
            query.reset(1);
            query.add(index.topicTerm("x" + item), 1);
            assertEquals(1, search(10));
            assertEquals(item, items[0]);
        }
    }

    @Test
    void items_thatLoseAndRegainTopics_areFoundExactlyOnce() {
        SplittableRandom random = new SplittableRandom(SEED);
        Set<Integer> expected = new HashSet<>();
        for (int i = 0; i < 20_000; i++) {
            int item = random.nextInt(300);
            switch (random.nextInt(3)) {
                case 0 -> {
                    index.upsert(item, item("a", "b"));
                    expected.add(item);
                }
                case 1 -> {
                    index.upsert(item, item("b"));
                    expected.remove(item);
                }
                default -> {
                    index.delete(item);
                    expected.remove(item);
                }
            }
            if (i % 100 == 99) {
                query.reset(i);
                query.add(index.topicTerm("a"), 1);
                int count = search(1_000);
                assertEquals(expected, Set.copyOf(list(count)), "with seed " + SEED);
                assertEquals(expected.size(), count);
            }
        }
    }

    @Test
    void upsert_ofAKnownItem_replacesItsTopics_andDeleteEndsIt() {
        index.upsert(5, item("x"));
        index.upsert(5, item("y"));
        query.reset(1);
        query.add(index.topicTerm("x"), 1);
        assertEquals(0, search(10));
        query.add(index.topicTerm("y"), 1);
        assertEquals(1, search(10));
        index.delete(5);
        index.delete(6);
        assertEquals(0, search(10));
        assertEquals(0, index.terms(5).length);
        index.upsert(5, item("x"));
        assertEquals(1, search(10));
    }

    @Test
    void terms_areTopicsAndTellingAttributes() {
        index.upsert(
                1,
                new Item(
                        new ItemId("i"),
                        "",
                        List.of("drama", "drama"),
                        Map.of(
                                "lang", new AttributeValue.Text("en"),
                                "year", new AttributeValue.Numeric(1994),
                                "score", new AttributeValue.Numeric(3.7),
                                "adult", new AttributeValue.Flag(false),
                                "cast", new AttributeValue.Texts(List.of("ann", "bob")),
                                "plot", new AttributeValue.Text("x".repeat(65))),
                        Instant.EPOCH,
                        true));
        assertEquals(6, index.terms(1).length, "drama, adult, two of cast, lang, year");
        assertEquals(index.topicTerm("drama"), index.terms(1)[0]);
        assertEquals(-1, index.topicTerm("nothing"));
        assertEquals(0, index.terms(99).length);
    }

    @Test
    void rarity_isHighForRareTerms() {
        for (int i = 0; i < 1_000; i++) {
            index.upsert(i, i == 0 ? item("all", "one") : item("all"));
        }
        assertTrue(index.rarity(index.topicTerm("one")) > 0.8f);
        assertTrue(index.rarity(index.topicTerm("all")) < 0.01f);
    }

    @Test
    void search_amongEquals_goesByThePrior() {
        ItemPrior prior = item -> item == 321 ? 1 : 0;
        TopicIndex ordered = new TopicIndex(TopicIndexConfig.defaults(), prior);
        for (int i = 0; i < 500; i++) {
            ordered.upsert(i, item("a"));
        }
        query.reset(1);
        query.add(ordered.topicTerm("a"), 1);
        assertEquals(5, ordered.search(query, 5, null, Deadline.none(), items, scores));
        assertEquals(321, items[0]);
    }

    @Test
    void search_ofATopicBeyondTheScanLimit_answersWithAPart_thatTheSeedMoves() {
        TopicIndex small = new TopicIndex(new TopicIndexConfig(1_000, 16), i -> i % 97 / 97f);
        for (int i = 0; i < 20_000; i++) {
            small.upsert(i, item("a"));
        }
        Set<Integer> found = new HashSet<>();
        for (int seed = 0; seed < 40; seed++) {
            query.reset(seed);
            query.add(small.topicTerm("a"), 1);
            assertEquals(50, small.search(query, 50, null, Deadline.none(), items, scores));
            found.addAll(list(50));
        }
        assertTrue(found.size() > 200, found.size() + " different items");
    }

    @Test
    void search_afterItsDeadline_endsEarly() {
        for (int i = 0; i < 5_000; i++) {
            index.upsert(i, item("a"));
        }
        query.reset(1);
        query.add(index.topicTerm("a"), 1);
        Deadline expired = Deadline.after(Duration.ofNanos(-1));
        assertTrue(index.search(query, 1_000, null, expired, items, scores) < 1_000);
        assertEquals(1_000, search(1_000));
    }

    @Test
    void search_withAFilter_returnsOnlyWhatItAccepts() {
        for (int i = 0; i < 1_000; i++) {
            index.upsert(i, item("a"));
        }
        query.reset(1);
        query.add(index.topicTerm("a"), 1);
        int count = index.search(query, 50, item -> item % 7 == 0, Deadline.none(), items, scores);
        assertEquals(50, count);
        assertTrue(list(50).stream().allMatch(item -> item % 7 == 0));
    }

    @Test
    void search_whileItemsComeAndGo_neverFails() throws InterruptedException {
        index.upsert(0, item("a"));
        AtomicBoolean done = new AtomicBoolean();
        AtomicReference<Throwable> failure = new AtomicReference<>();
        int term = index.topicTerm("a");
        Thread reader = Thread.ofPlatform().start(() -> {
            TopicQuery own = new TopicQuery();
            int[] found = new int[100];
            float[] values = new float[100];
            try {
                while (!done.get()) {
                    own.reset(3);
                    own.add(term, 1);
                    assertTrue(index.search(own, 100, null, Deadline.none(), found, values) > 0);
                }
            } catch (Throwable e) {
                failure.set(e);
            }
        });
        for (int i = 1; i < 5_000; i++) {
            index.upsert(i, item("a", "t" + i % 9));
            if (i % 4 == 0) {
                index.delete(i - 2);
            }
        }
        done.set(true);
        reader.join();
        assertEquals(null, failure.get());
    }

    @Test
    void query_withMoreTermsThanTheLimit_keepsTheHeaviest() {
        query.reset(1);
        for (int term = 0; term < 600; term++) {
            query.add(term, 1 + term % 500);
        }
        assertEquals(TopicQuery.MAX_TERMS, query.select(new TopicTerms(16)));
        assertEquals(499, query.term(0)); // all equally rare, so the heaviest first
        assertThrows(InvalidValueException.class, () -> query.add(1, 0));
        assertThrows(InvalidValueException.class, () -> query.add(1, Float.NaN));
    }

    private int search(int k) {
        return index.search(query, k, null, Deadline.none(), items, scores);
    }

    private List<Integer> list(int count) {
        List<Integer> found = new ArrayList<>();
        for (int i = 0; i < count; i++) {
            found.add(items[i]);
        }
        return found;
    }

    private static float score(List<String> topics, float[] weights) {
        float score = 0;
        for (String topic : Set.copyOf(topics)) {
            score += weights[Integer.parseInt(topic.substring(1))];
        }
        return score;
    }

    private static List<String> topics(SplittableRandom random) {
        List<String> topics = new ArrayList<>();
        for (int i = 0; i <= random.nextInt(5); i++) {
            topics.add("t" + (int) (30 * Math.pow(random.nextDouble(), 2)));
        }
        return topics;
    }

    private static Item item(String... topics) {
        return new Item(new ItemId("i"), "", List.of(topics), Map.of(), Instant.EPOCH, true);
    }
}
