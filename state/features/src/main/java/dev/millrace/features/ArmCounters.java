package dev.millrace.features;

import dev.millrace.model.RecommendationId;

import java.util.ArrayDeque;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.concurrent.atomic.AtomicLongArray;

/**
 * Impressions and clicks of what each arm served, per minute of the last day.
 *
 * <p>Feedback that names a recommendation counts for the arm that served it, as long as the slate is among the recent
 * ones. One writer (the ingest agent); any thread reads without a lock.
 */
public final class ArmCounters {
    /** The minutes that are kept. */
    public static final int MINUTES = 24 * 60;

    private static final int MAX_ARMS = 64;
    private static final String OTHER = "other";

    private final int recentRecommendations;
    /** Owned by the writer. */
    private final Map<RecommendationId, String> armOf = new HashMap<>();

    private final ArrayDeque<RecommendationId> order = new ArrayDeque<>();
    private volatile Map<String, Series> arms = Map.of();

    ArmCounters(int recentRecommendations) {
        this.recentRecommendations = recentRecommendations;
    }

    /** The arms that were served, by name. */
    public List<String> arms() {
        return List.copyOf(arms.keySet());
    }

    /**
     * Reads an arm's counts for the minutes from {@code firstMinute} (minutes since 1970) on; an arm or a minute that is
     * not known counts 0.
     */
    public void read(String arm, long firstMinute, int[] impressions, int[] clicks) {
        Series series = arms.get(arm);
        for (int i = 0; i < impressions.length; i++) {
            impressions[i] = series == null ? 0 : Series.count(series.impressions, firstMinute + i);
            clicks[i] = series == null ? 0 : Series.count(series.clicks, firstMinute + i);
        }
    }

    void served(RecommendationId recommendation, String arm) {
        if (armOf.put(recommendation, series(arm)) == null) {
            order.addLast(recommendation);
        }
        if (order.size() > recentRecommendations) {
            armOf.remove(order.removeFirst());
        }
    }

    void impression(RecommendationId recommendation, long seconds) {
        String arm = armOf.get(recommendation);
        if (arm != null) {
            Series.increment(seriesOf(arm).impressions, seconds / 60);
        }
    }

    void click(RecommendationId recommendation, long seconds) {
        String arm = armOf.get(recommendation);
        if (arm != null) {
            Series.increment(seriesOf(arm).clicks, seconds / 60);
        }
    }

    /** The recent recommendations, oldest first. Writer only. */
    Iterable<RecommendationId> recent() {
        return order;
    }

    int recentSize() {
        return order.size();
    }

    /** Writer only. */
    String armOf(RecommendationId recommendation) {
        String arm = armOf.get(recommendation);
        return arm == null ? OTHER : arm;
    }

    /** The counts of an arm as they are kept, a minute (high half) and its count (low half) each. Writer only. */
    long[] copy(String arm) {
        Series series = seriesOf(arm);
        long[] copy = new long[2 * MINUTES];
        for (int i = 0; i < MINUTES; i++) {
            copy[i] = series.impressions.get(i);
            copy[MINUTES + i] = series.clicks.get(i);
        }
        return copy;
    }

    /** Puts back what {@link #copy} read. Writer only. */
    void restore(String arm, long[] copy) {
        addSeries(arm);
        Series series = seriesOf(arm);
        for (int i = 0; i < MINUTES; i++) {
            series.impressions.set(i, copy[i]);
            series.clicks.set(i, copy[MINUTES + i]);
        }
    }

    /** The name under which the arm counts; the arms beyond the bound share one. */
    private String series(String arm) {
        if (arms.containsKey(arm)) {
            return arm;
        }
        String name = arms.size() < MAX_ARMS - 1 ? arm : OTHER;
        addSeries(name);
        return name;
    }

    private void addSeries(String name) {
        if (!arms.containsKey(name)) {
            Map<String, Series> grown = new TreeMap<>(arms);
            grown.put(name, new Series(new AtomicLongArray(MINUTES), new AtomicLongArray(MINUTES)));
            arms = grown;
        }
    }

    private Series seriesOf(String arm) {
        Series series = arms.get(arm);
        if (series == null) {
            throw new IllegalStateException("arm " + arm + " has no series");
        }
        return series;
    }

    /** A ring of minutes in which each slot says which minute it counts, so that a stray date spoils one slot only. */
    private record Series(AtomicLongArray impressions, AtomicLongArray clicks) {
        static int count(AtomicLongArray slots, long minute) {
            if (minute < 0) {
                return 0;
            }
            long slot = slots.get((int) (minute % MINUTES));
            return slot >>> 32 == minute ? (int) slot : 0;
        }

        static void increment(AtomicLongArray slots, long minute) {
            int at = (int) (minute % MINUTES);
            long slot = slots.get(at);
            if (slot >>> 32 == minute) {
                slots.setRelease(at, slot + 1);
            } else if (slot >>> 32 < minute) {
                slots.setRelease(at, (minute << 32) | 1);
            }
        }
    }
}
