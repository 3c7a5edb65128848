package dev.millrace.benchmarks.index;

import dev.millrace.index.ItemPrior;
import dev.millrace.index.TopicIndex;
import dev.millrace.index.TopicIndexConfig;
import dev.millrace.index.TopicQuery;
import dev.millrace.model.AttributeValue;
import dev.millrace.model.Item;
import dev.millrace.model.ItemId;
import dev.millrace.runtime.Deadline;

import java.lang.management.ManagementFactory;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.SplittableRandom;

/**
 * Fills a topic index and prints how long that took, and the median time of a search by its number of terms and the scan
 * limit. The most common of 500 topics is on one item of five, as Zipf's law has it.
 *
 * <p>Arguments: items.
 */
final class TopicSearchReport {
    private static final int TOPICS = 500;
    private static final int K = 200;
    private static final int QUERIES = 400;

    private final int[] ordinals = new int[K];
    private final float[] scores = new float[K];
    private final SplittableRandom random = new SplittableRandom(3);
    private final double[] cumulative = new double[TOPICS];

    private TopicSearchReport() {
        double sum = 0;
        for (int i = 0; i < TOPICS; i++) {
            sum += 1.0 / (i + 1);
            cumulative[i] = sum;
        }
    }

    public static void main(String[] args) {
        int n = Integer.parseInt(args[0]);
        for (int scanLimit : new int[] {5_000, 10_000, 10_000_000}) {
            TopicSearchReport report = new TopicSearchReport();
            TopicIndexConfig config = new TopicIndexConfig(scanLimit, 64);
            TopicIndex index = new TopicIndex(config, new ByOrdinal());
            report.fill(index, n);
            System.out.printf("scan limit %,d%n", scanLimit);
            report.search(index, "the most common topic", 1, true);
            report.search(index, "5 topics", 5, false);
            report.search(index, "20 topics", 20, false);
        }
    }

    private void fill(TopicIndex index, int n) {
        long start = System.nanoTime();
        for (int item = 0; item < n; item++) {
            index.upsert(item, item(item));
        }
        System.out.printf("filled %,d items in %.1f s%n", n, (System.nanoTime() - start) / 1e9);
    }

    private Item item(int number) {
        List<String> topics = new ArrayList<>();
        for (int i = 0; i < 3; i++) {
            topics.add("topic-" + topic());
        }
        Map<String, AttributeValue> attributes = Map.of("lang", new AttributeValue.Text("l" + random.nextInt(4)));
        return new Item(new ItemId("i" + number), "", topics, attributes, Instant.EPOCH, true);
    }

    private int topic() {
        int at = Arrays.binarySearch(cumulative, random.nextDouble() * cumulative[TOPICS - 1]);
        return Math.min(TOPICS - 1, at < 0 ? -at - 1 : at);
    }

    private void search(TopicIndex index, String what, int terms, boolean first) {
        TopicQuery query = new TopicQuery();
        long[] nanos = new long[QUERIES];
        long cpu = 0;
        for (int q = -QUERIES; q < QUERIES; q++) {
            if (q == 0) {
                cpu = ManagementFactory.getThreadMXBean().getCurrentThreadCpuTime();
            }
            query.reset(q);
            for (int t = 0; t < terms; t++) {
                int term = index.topicTerm("topic-" + (first ? 0 : topic()));
                query.add(term, Math.max(0.02f, index.rarity(term)));
            }
            long start = System.nanoTime();
            index.search(query, K, null, Deadline.none(), ordinals, scores);
            nanos[Math.max(0, q)] = System.nanoTime() - start;
        }
        long used = ManagementFactory.getThreadMXBean().getCurrentThreadCpuTime() - cpu;
        Arrays.sort(nanos);
        System.out.printf(
                "  %s: p50 %.0f µs, p90 %.0f µs, processor %.0f µs%n",
                what, nanos[QUERIES / 2] / 1e3, nanos[QUERIES * 9 / 10] / 1e3, used / 1e3 / QUERIES);
    }

    /** Some items are more popular than others. */
    private static final class ByOrdinal implements ItemPrior {
        @Override
        public float of(int item) {
            return ((item * 0x9E3779B1) >>> 8) * 0x1.0p-24f;
        }
    }
}
