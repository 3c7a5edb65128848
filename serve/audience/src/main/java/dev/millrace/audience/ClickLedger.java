package dev.millrace.audience;

import java.util.concurrent.atomic.AtomicLongArray;

/** Impressions and clicks of every arm in every second of a run. Thread-safe. */
final class ClickLedger {
    private static final int ARMS = Arm.values().length;

    private final int seconds;
    private final AtomicLongArray impressions;
    private final AtomicLongArray clicks;

    /** @param seconds the length of the run; what comes later counts for the last second */
    ClickLedger(int seconds) {
        this.seconds = Math.max(1, seconds);
        impressions = new AtomicLongArray(this.seconds * ARMS);
        clicks = new AtomicLongArray(this.seconds * ARMS);
    }

    void add(Arm arm, long second, int shown, int clicked) {
        int cell = cell(arm, Math.clamp(second, 0, seconds - 1));
        impressions.addAndGet(cell, shown);
        clicks.addAndGet(cell, clicked);
    }

    long impressions(Arm arm, int fromSecond, int toSecond) {
        return sum(impressions, arm, fromSecond, toSecond);
    }

    long clicks(Arm arm, int fromSecond, int toSecond) {
        return sum(clicks, arm, fromSecond, toSecond);
    }

    int seconds() {
        return seconds;
    }

    private long sum(AtomicLongArray counts, Arm arm, int fromSecond, int toSecond) {
        long sum = 0;
        for (int second = Math.max(0, fromSecond); second < Math.min(seconds, toSecond); second++) {
            sum += counts.get(cell(arm, second));
        }
        return sum;
    }

    private static int cell(Arm arm, int second) {
        return second * ARMS + arm.ordinal();
    }
}
