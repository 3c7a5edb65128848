package dev.millrace.audience;

import dev.millrace.wire.catalog.ItemBody;
import dev.millrace.wire.ingest.EventBody;
import dev.millrace.wire.operate.ReferencePoint;
import dev.millrace.wire.recommend.RecommendRequest;
import dev.millrace.wire.recommend.RecommendResponse;
import dev.millrace.wire.recommend.RecommendResponse.RankedItem;

import java.util.ArrayList;
import java.util.BitSet;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.SplittableRandom;

/**
 * A whole recommender in memory: random, clicks per impression, and items clicked by the same people; nobody is shown
 * an item twice. It learns from events and topics alone, so that tests see how much the world's truth gives away. Thread-safe.
 */
final class TinyRecommender implements PublicApi {
    static final int MOST_ITEMS = 2000;
    private static final int RECENT = 15;
    private static final double TOGETHER = 1;

    private final SplittableRandom random;
    private final List<String> items = new ArrayList<>();
    private final List<List<String>> topics = new ArrayList<>();
    private final Map<String, Integer> indexes = new HashMap<>();
    private final Map<String, List<Integer>> clicksByUser = new HashMap<>();
    private final Map<String, Map<String, double[]>> topicsByUser = new HashMap<>();
    private final Map<String, BitSet> seenByUser = new HashMap<>();
    private final int[][] together = new int[MOST_ITEMS][MOST_ITEMS];
    private final int[] shown = new int[MOST_ITEMS];
    private final int[] clicked = new int[MOST_ITEMS];
    private final Map<String, Long> references = new HashMap<>();
    private long answers;

    TinyRecommender(long seed) {
        random = new SplittableRandom(seed);
    }

    @Override
    public synchronized RecommendResponse recommend(RecommendRequest request) {
        double[] scores = scores(request);
        List<RankedItem> ranked = new ArrayList<>();
        for (int rank = 1; rank <= Math.min(request.count(), items.size()); rank++) {
            int best = 0;
            for (int item = 1; item < scores.length; item++) {
                best = scores[item] > scores[best] ? item : best;
            }
            scores[best] = Double.NEGATIVE_INFINITY;
            ranked.add(new RankedItem(items.get(best), rank, 0, 1, List.of(), "", null, null, null));
        }
        String model = request.scenario().equals("home") ? "tiny" : "";
        return new RecommendResponse(
                "r" + answers++,
                request.user(),
                request.scenario(),
                request.scenario(),
                model,
                ranked,
                List.of(),
                List.of(),
                null,
                0);
    }

    @Override
    public synchronized void events(List<EventBody> events) {
        for (EventBody event : events) {
            List<String> impressions = event.items();
            if (impressions != null) {
                impressions.forEach(item -> show(event.user(), indexOf(item)));
            } else if (event.type().equals("click")) {
                click(event.user(), indexOf(String.valueOf(event.item())));
            }
        }
    }

    @Override
    public synchronized void items(List<ItemBody> bodies) {
        for (ItemBody body : bodies) {
            indexes.put(String.valueOf(body.id()), items.size());
            topics.add(body.topics());
            items.add(String.valueOf(body.id()));
        }
    }

    @Override
    public synchronized void reference(ReferencePoint point) {
        references.merge(point.name(), point.impressions(), Long::sum);
    }

    synchronized Map<String, Long> references() {
        return Map.copyOf(references);
    }

    synchronized boolean knows(String user) {
        return seenByUser.containsKey(user);
    }

    private int indexOf(String item) {
        Integer index = indexes.get(item);
        if (index == null) {
            throw new IllegalArgumentException(item + " was never uploaded");
        }
        return index;
    }

    private void show(String user, int item) {
        shown[item]++;
        countTopic(user, item, 0);
        seenByUser.computeIfAbsent(user, key -> new BitSet()).set(item);
    }

    private void click(String user, int item) {
        clicked[item]++;
        countTopic(user, item, 1);
        List<Integer> clicks = clicksByUser.computeIfAbsent(user, key -> new ArrayList<>());
        for (int earlier : recent(clicks)) {
            together[earlier][item]++;
            together[item][earlier]++;
        }
        clicks.add(item);
    }

    private double[] scores(RecommendRequest request) {
        double[] scores = new double[items.size()];
        BitSet seen = seenByUser.getOrDefault(request.user(), new BitSet());
        List<Integer> recent = recent(clicksByUser.getOrDefault(request.user(), List.of()));
        for (int item = 0; item < scores.length; item++) {
            double chance = 1e-6 * random.nextDouble();
            double score = switch (request.scenario()) {
                case "random" -> chance;
                case "popularity" -> popularity(item) + chance;
                default -> personal(request.user(), recent, item) + Math.log(popularity(item)) + chance;
            };
            scores[item] = seen.get(item) ? score - 1000 : score;
        }
        return scores;
    }

    /** Clicks per impression, drawn towards 8 % by twenty impressions' worth. */
    private double popularity(int item) {
        return (clicked[item] + 1.6) / (shown[item] + 20);
    }

    /** How much more often than usual the person clicks on the item's topic, and on items that go with it. */
    private double personal(String user, List<Integer> recent, int item) {
        double[] topic = topicsByUser
                .getOrDefault(user, Map.of())
                .getOrDefault(topics.get(item).getFirst(), new double[2]);
        double taste = Math.log((topic[1] + 0.3) / (topic[0] + 3) / 0.1);
        double together = 0;
        for (int earlier : recent) {
            together += this.together[earlier][item] / Math.sqrt((clicked[earlier] + 5.0) * (clicked[item] + 5.0));
        }
        return taste + TOGETHER * together;
    }

    private void countTopic(String user, int item, int what) {
        topicsByUser.computeIfAbsent(user, key -> new HashMap<>())
                .computeIfAbsent(topics.get(item).getFirst(), key -> new double[2])[what]++;
    }

    private static List<Integer> recent(List<Integer> clicks) {
        return clicks.subList(Math.max(0, clicks.size() - RECENT), clicks.size());
    }
}
