package dev.millrace.features;

import java.time.Duration;

/**
 * Exponential decay with a half-life, in some nanoseconds a call. Immutable.
 *
 * <p>2^−x = 2^−whole × 2^−fraction; the first factor is written into the exponent of a float, the second is linear
 * between the 1,024 points of a table. The relative error is below 1e-6.
 */
final class Decay {
    private static final int POINTS = 1024;
    private static final float[] TABLE = table();
    private static final int SMALLEST_EXPONENT = 126;

    private final double halfLivesPerSecond;

    Decay(Duration halfLife) {
        this.halfLivesPerSecond = 1.0 / halfLife.toSeconds();
    }

    /** The factor that remains after this many seconds; 1 for none and for less than none. */
    float factor(long ageSeconds) {
        if (ageSeconds <= 0) {
            return 1;
        }
        double halfLives = ageSeconds * halfLivesPerSecond;
        int whole = (int) halfLives;
        if (whole > SMALLEST_EXPONENT) {
            return 0;
        }
        double point = (halfLives - whole) * POINTS;
        int index = (int) point;
        float low = TABLE[index];
        float fraction = low + (TABLE[index + 1] - low) * (float) (point - index);
        return fraction * Float.intBitsToFloat((127 - whole) << 23);
    }

    private static float[] table() {
        float[] table = new float[POINTS + 2];
        for (int i = 0; i < table.length; i++) {
            table[i] = (float) Math.pow(2, -(double) i / POINTS);
        }
        return table;
    }
}
