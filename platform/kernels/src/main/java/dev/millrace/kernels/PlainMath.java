package dev.millrace.kernels;

import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.ByteOrder;

/** The plain twin of {@link SimdMath}, which the tests compare it against. Stateless, thread-safe. */
final class PlainMath {
    private static final ValueLayout.OfFloat FLOAT =
            ValueLayout.JAVA_FLOAT_UNALIGNED.withOrder(ByteOrder.LITTLE_ENDIAN);

    private PlainMath() {}

    static float dot(float[] a, int aFrom, float[] b, int bFrom, int length) {
        float sum = 0;
        for (int i = 0; i < length; i++) {
            sum += a[aFrom + i] * b[bFrom + i];
        }
        return sum;
    }

    static float dot(float[] a, int aFrom, byte[] b, int bFrom, int length) {
        float sum = 0;
        for (int i = 0; i < length; i++) {
            sum += a[aFrom + i] * b[bFrom + i];
        }
        return sum;
    }

    static float dot(float[] a, MemorySegment segment, long offsetBytes, int length) {
        float sum = 0;
        for (int i = 0; i < length; i++) {
            sum += a[i] * segment.get(FLOAT, offsetBytes + (long) i * Float.BYTES);
        }
        return sum;
    }

    static void axpy(float alpha, float[] x, int xFrom, float[] y, int yFrom, int length) {
        for (int i = 0; i < length; i++) {
            y[yFrom + i] += alpha * x[xFrom + i];
        }
    }

    static void axpy(float alpha, byte[] x, int xFrom, float[] y, int length) {
        for (int i = 0; i < length; i++) {
            y[i] += alpha * x[xFrom + i];
        }
    }

    static void axpy(float alpha, MemorySegment x, long offsetBytes, float[] y, int length) {
        for (int i = 0; i < length; i++) {
            y[i] += alpha * x.get(ValueLayout.JAVA_BYTE, offsetBytes + i);
        }
    }
}
