package dev.millrace.index;

import static org.junit.jupiter.api.Assertions.assertEquals;

import dev.millrace.model.Item;
import dev.millrace.model.ItemId;
import dev.millrace.runtime.Deadline;
import org.junit.jupiter.api.Test;

import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.SplittableRandom;

final class PackedTermsTest {
    private final PackedTerms rows = new PackedTerms();

    @Test
    void row_ofUpToFourTerms_holdsThemInOrder() {
        rows.put(7, new int[] {0, 1, 0xFFFD});
        assertEquals(0xFFFF_FFFD_0001_0000L, rows.of(7));
        rows.put(7, new int[] {});
        assertEquals(PackedTerms.EMPTY, rows.of(7));
    }

    @Test
    void row_thatDoesNotFit_isElsewhere() {
        rows.put(3, new int[] {1, 2, 3, 4, 5});
        rows.put(5_000, new int[] {0xFFFE});
        assertEquals(PackedTerms.ELSEWHERE, rows.of(3));
        assertEquals(PackedTerms.ELSEWHERE, rows.of(5_000));
        assertEquals(PackedTerms.EMPTY, rows.of(4_999));
        assertEquals(PackedTerms.EMPTY, rows.of(-1));
        assertEquals(PackedTerms.EMPTY, rows.of(1 << 20));
    }

    @Test
    void search_ofItemsWithFewAndManyTerms_isThatOfCounting() {
        SplittableRandom random = new SplittableRandom(20_261_123);
        TopicIndex index = new TopicIndex(new TopicIndexConfig(60_000, 16), ItemPrior.none());
        List<List<String>> topicsOf = new ArrayList<>();
        for (int item = 0; item < 500; item++) {
            List<String> topics = new ArrayList<>();
            for (int i = random.nextInt(9); i > 0; i--) {
                String topic = "t" + random.nextInt(12);
                if (!topics.contains(topic)) {
                    topics.add(topic);
                }
            }
            topicsOf.add(topics);
            index.upsert(item, new Item(new ItemId("i" + item), "", topics, Map.of(), Instant.EPOCH, true));
        }
        TopicQuery query = new TopicQuery();
        query.reset(1);
        query.add(index.topicTerm("t1"), 5);
        query.add(index.topicTerm("t2"), 2);
        query.add(index.topicTerm("t3"), 1);
        int[] items = new int[500];
        float[] scores = new float[500];
        int found = index.search(query, 500, null, Deadline.none(), items, scores);
        int expected = 0;
        for (List<String> topics : topicsOf) {
            expected += weight(topics) > 0 ? 1 : 0;
        }
        assertEquals(expected, found);
        for (int i = 0; i < found; i++) {
            assertEquals(weight(topicsOf.get(items[i])) / 8f, scores[i], 1e-5f, "item " + items[i]);
        }
    }

    @Test
    void search_ofMoreTermsThanARowCanName_findsTheItemsOfEachAlone() {
        TopicIndex index = new TopicIndex(new TopicIndexConfig(60_000, 16), ItemPrior.none());
        int count = PackedTerms.MASK + 10;
        for (int item = 0; item < count; item++) {
            index.upsert(
                    item, new Item(new ItemId("i" + item), "", List.of("t" + item), Map.of(), Instant.EPOCH, true));
        }
        int[] items = new int[10];
        float[] scores = new float[10];
        TopicQuery query = new TopicQuery();
        for (int item = PackedTerms.MASK - 10; item < count; item++) {
            query.reset(1);
            query.add(index.topicTerm("t" + item), 1);
            query.add(index.topicTerm("t0"), 1);
            assertEquals(2, index.search(query, 10, null, Deadline.none(), items, scores), "t" + item);
            assertEquals(item, Math.max(items[0], items[1]));
            assertEquals(0, Math.min(items[0], items[1]));
            assertEquals(scores[0], scores[1], 0.01f, "t" + item);
        }
    }

    private static int weight(List<String> topics) {
        return (topics.contains("t1") ? 5 : 0) + (topics.contains("t2") ? 2 : 0) + (topics.contains("t3") ? 1 : 0);
    }
}
