package dev.millrace.audience;

import java.util.EnumMap;
import java.util.Map;
import java.util.concurrent.atomic.AtomicLongArray;

/** Impressions and clicks of every arm in every second of a run. Thread-safe. */
final class ClickLedger {
    private final int seconds;
    private final Map<Arm, Counts> arms = new EnumMap<>(Arm.class);

    /** What happened to an arm, by second. */
    private record Counts(AtomicLongArray impressions, AtomicLongArray clicks) {}

    /** @param seconds the length of the run; what comes later counts for the last second */
    ClickLedger(int seconds) {
        this.seconds = Math.max(1, seconds);
        for (Arm arm : Arm.values()) {
            arms.put(arm, new Counts(new AtomicLongArray(this.seconds), new AtomicLongArray(this.seconds)));
        }
    }

    void add(Arm arm, long second, int shown, int clicked) {
        int at = Math.clamp(second, 0, seconds - 1);
        counts(arm).impressions.addAndGet(at, shown);
        counts(arm).clicks.addAndGet(at, clicked);
    }

    long impressions(Arm arm, int fromSecond, int toSecond) {
        return sum(counts(arm).impressions, fromSecond, toSecond);
    }

    long clicks(Arm arm, int fromSecond, int toSecond) {
        return sum(counts(arm).clicks, fromSecond, toSecond);
    }

    int seconds() {
        return seconds;
    }

    private Counts counts(Arm arm) {
        Counts counts = arms.get(arm);
        if (counts == null) {
            throw new IllegalStateException("arm " + arm + " has no counts");
        }
        return counts;
    }

    private long sum(AtomicLongArray counts, int fromSecond, int toSecond) {
        long sum = 0;
        for (int second = Math.max(0, fromSecond); second < Math.min(seconds, toSecond); second++) {
            sum += counts.get(second);
        }
        return sum;
    }
}
