package dev.millrace.models.compress;

/** What a value of a graph was between, over calibration (immutable). It always holds 0, which must be exact. */
public record ValueRange(float least, float greatest) {
    private static final int STEPS = 255;
    private static final float SMALLEST_SCALE = 1e-12f;

    public ValueRange {
        if (!Float.isFinite(least) || !Float.isFinite(greatest) || least > 0 || greatest < 0) {
            throw new IllegalArgumentException(
                    "a range of " + least + " to " + greatest + "; give finite bounds around 0");
        }
    }

    public static ValueRange none() {
        return new ValueRange(0, 0);
    }

    public ValueRange including(float value) {
        return new ValueRange(Math.min(least, value), Math.max(greatest, value));
    }

    /** The width of one of the 255 steps of an unsigned byte. */
    float scale() {
        return Math.max(SMALLEST_SCALE, (greatest - least) / STEPS);
    }

    /** The byte that stands for 0. */
    byte zeroPoint() {
        return (byte) Math.round(Math.clamp(-least / scale(), 0f, STEPS));
    }
}
