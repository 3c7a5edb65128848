package dev.millrace.models.quantized;

/**
 * One row of floats as signed bytes and one scale (stateless).
 *
 * <p>The scale is a 16-bit float, rounded up, before anything is divided by it: the bytes make up for its rounding. Rows differ
 * in length by the frequency of their item, which a scale per table would pay for with the rare ones.
 */
public final class ByteRow {
    private static final int LEVELS = 127;

    /** Smaller rows are as good as zero, and their scale would not be a normal 16-bit float. */
    private static final float LEAST_SCALE = 6.2e-5f;

    private ByteRow() {}

    /**
     * Writes {@code count} values from {@code from} on as bytes, and returns the scale that they are to be multiplied by.
     *
     * @throws IllegalArgumentException for a value that is not finite, or too large for a 16-bit scale
     */
    public static short write(float[] values, int from, int count, byte[] into, int at) {
        float greatest = 0;
        for (int i = 0; i < count; i++) {
            greatest = Math.max(greatest, Math.abs(values[from + i]));
        }
        short scale = Float.floatToFloat16(Math.max(LEAST_SCALE, greatest / LEVELS));
        if (Float.float16ToFloat(scale) * LEVELS < greatest) {
            scale++; // positive 16-bit floats are ordered as their bits
        }
        float step = Float.float16ToFloat(scale);
        if (!Float.isFinite(step)) {
            throw new IllegalArgumentException(
                    "a value of " + greatest + " cannot be kept in a byte with a 16-bit scale");
        }
        for (int i = 0; i < count; i++) {
            into[at + i] = (byte) Math.round(values[from + i] / step);
        }
        return scale;
    }
}
