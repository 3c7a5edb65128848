package dev.millrace.models.delta;

/** Refuses what is no number: one NaN in a row would make every score that reads it meaningless (stateless). */
final class Finite {
    /** Values are sums of log-odds; further out nothing is left to tell apart. */
    private static final float LARGEST = 1_000;

    private Finite() {}

    static void require(String name, float value) {
        if (!(Math.abs(value) <= LARGEST)) {
            throw new IllegalArgumentException(name + " is " + value + "; give a number of at most " + LARGEST);
        }
    }

    static void require(String name, float[] values) {
        for (float value : values) {
            require(name, value);
        }
    }
}
