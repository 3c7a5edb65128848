package dev.millrace.training.online;

import org.jspecify.annotations.Nullable;

import java.util.Locale;

/** Compares the rate of clicks of the last seconds with what is usual, to find what no change of taste explains. Owned by the learner. */
final class ClickRateWatch {
    /** Impressions that the rate of late is over, and the usual one. */
    private static final double SHORT = 600;

    private static final double LONG = 20_000;
    private static final double LEAST_KNOWN = 3_000;
    private static final double JUMP = 2;
    private static final double JUMP_AT_LEAST = 0.05;
    private static final double VANISHED = 0.15;

    private double impressions;
    private double recent;
    private double usual;

    /** @return what is wrong, or null */
    @Nullable
    String observe(int shown, int clicked) {
        for (int i = 0; i < shown; i++) {
            impressions++;
            double click = i < clicked ? 1 : 0;
            recent += (click - recent) / Math.min(impressions, SHORT);
            usual += (click - usual) / Math.min(impressions, LONG);
        }
        if (impressions < LEAST_KNOWN) {
            return null;
        }
        if (recent > JUMP * usual + JUMP_AT_LEAST) {
            return message("jumped");
        }
        return recent < VANISHED * usual ? message("fell") : null;
    }

    private String message(String what) {
        return String.format(
                Locale.ROOT,
                "the click rate %s to %.3f, where %.3f is usual: not a change of taste",
                what,
                recent,
                usual);
    }
}
