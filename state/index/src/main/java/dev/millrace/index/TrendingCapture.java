package dev.millrace.index;

import java.io.DataOutput;
import java.io.IOException;

/** The weights of {@link Trending} as they were at one moment, written part by part. Owned by one thread. */
public final class TrendingCapture {
    private final long halfLifeMillis;
    private final long baseMillis;
    private final double[] weights;
    private int next;
    private boolean begun;

    TrendingCapture(long halfLifeMillis, long baseMillis, double[] weights) {
        this.halfLifeMillis = halfLifeMillis;
        this.baseMillis = baseMillis;
        this.weights = weights;
    }

    /**
     * Writes some more weights.
     *
     * @return whether there are more
     */
    public boolean write(DataOutput out, int count) throws IOException {
        if (!begun) {
            begin(out);
            begun = true;
        }
        for (int end = (int) Math.min(weights.length, next + (long) count); next < end; next++) {
            if (weights[next] > 0) {
                out.writeInt(next);
                out.writeDouble(weights[next]);
            }
        }
        return next < weights.length;
    }

    private void begin(DataOutput out) throws IOException {
        int filled = 0;
        for (double weight : weights) {
            filled += weight > 0 ? 1 : 0;
        }
        out.writeInt(Trending.FORMAT);
        out.writeLong(halfLifeMillis);
        out.writeLong(baseMillis);
        out.writeInt(filled);
    }
}
