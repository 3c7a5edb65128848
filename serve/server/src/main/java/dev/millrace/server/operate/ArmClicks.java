package dev.millrace.server.operate;

import dev.millrace.features.ArmCounters;
import dev.millrace.wire.operate.StatsSeries.Clicks;

import java.util.HashMap;
import java.util.Map;
import java.util.TreeMap;

/**
 * What was added to each arm's minutes since the last look. Feedback counts in the minute of its own time, so the last
 * minutes are compared with what they held before. Owned by the series' agent.
 */
public final class ArmClicks {
    /** Feedback that comes later than this is not drawn. */
    private static final int MINUTES = 5;

    private final ArmCounters counters;
    private Map<String, Reading> before = Map.of();

    /** An arm's counts, a minute each. */
    private static final class Reading {
        private final long firstMinute;
        private final int[] impressions = new int[MINUTES];
        private final int[] clicks = new int[MINUTES];

        Reading(long firstMinute) {
            this.firstMinute = firstMinute;
        }
    }

    public ArmClicks(ArmCounters counters, long nowMillis) {
        this.counters = counters;
        this.before = read(nowMillis);
    }

    Map<String, Clicks> since(long nowMillis) {
        Map<String, Reading> now = read(nowMillis);
        Map<String, Clicks> added = new TreeMap<>();
        now.forEach((arm, reading) -> added.put(arm, added(before.get(arm), reading)));
        before = now;
        return added;
    }

    private Map<String, Reading> read(long nowMillis) {
        long first = nowMillis / 60_000 - MINUTES + 1;
        Map<String, Reading> readings = new HashMap<>();
        for (String arm : counters.arms()) {
            Reading reading = new Reading(first);
            counters.read(arm, first, reading.impressions, reading.clicks);
            readings.put(arm, reading);
        }
        return readings;
    }

    private static Clicks added(@org.jspecify.annotations.Nullable Reading before, Reading now) {
        long impressions = 0;
        long clicks = 0;
        for (int i = 0; i < MINUTES; i++) {
            impressions += now.impressions[i];
            clicks += now.clicks[i];
            int old = before == null ? -1 : (int) (now.firstMinute + i - before.firstMinute);
            if (before != null && old >= 0 && old < MINUTES) {
                impressions -= before.impressions[old];
                clicks -= before.clicks[old];
            }
        }
        return new Clicks(Math.max(0, impressions), Math.max(0, clicks));
    }
}
