package dev.millrace.kernels;

import java.lang.foreign.MemorySegment;

/**
 * Arithmetic on float vectors, by SIMD where the JVM was started with {@code --add-modules jdk.incubator.vector} and
 * by plain loops where it was not; both give the same result up to the order of summation. Stateless, thread-safe.
 */
public final class VectorMath {
    private static final boolean SIMD =
            ModuleLayer.boot().findModule("jdk.incubator.vector").isPresent();

    private VectorMath() {}

    /** Whether the SIMD loops are in use. */
    public static boolean isAccelerated() {
        return SIMD;
    }

    /** The sum of {@code a[i] * b[i]} over the first {@code length} elements. */
    public static float dot(float[] a, float[] b, int length) {
        return dot(a, 0, b, 0, length);
    }

    public static float dot(float[] a, int aFrom, float[] b, int bFrom, int length) {
        return SIMD ? SimdMath.dot(a, aFrom, b, bFrom, length) : PlainMath.dot(a, aFrom, b, bFrom, length);
    }

    /** The dot product of a vector and {@code length} little-endian floats at a byte offset of a segment. */
    public static float dot(float[] a, MemorySegment segment, long offsetBytes, int length) {
        return SIMD ? SimdMath.dot(a, segment, offsetBytes, length) : PlainMath.dot(a, segment, offsetBytes, length);
    }

    /** The sum of {@code a[i] * b[i]}, the second being signed bytes. */
    public static float dot(float[] a, int aFrom, byte[] b, int bFrom, int length) {
        return SIMD ? SimdMath.dot(a, aFrom, b, bFrom, length) : PlainMath.dot(a, aFrom, b, bFrom, length);
    }

    /** {@code y[i] += alpha * x[i]} over the first {@code length} elements. */
    public static void axpy(float alpha, float[] x, float[] y, int length) {
        axpy(alpha, x, 0, y, 0, length);
    }

    public static void axpy(float alpha, float[] x, int xFrom, float[] y, int yFrom, int length) {
        if (SIMD) {
            SimdMath.axpy(alpha, x, xFrom, y, yFrom, length);
        } else {
            PlainMath.axpy(alpha, x, xFrom, y, yFrom, length);
        }
    }

    /** {@code y[i] += alpha * x[xFrom + i]}, the second being signed bytes. */
    public static void axpy(float alpha, byte[] x, int xFrom, float[] y, int length) {
        if (SIMD) {
            SimdMath.axpy(alpha, x, xFrom, y, length);
        } else {
            PlainMath.axpy(alpha, x, xFrom, y, length);
        }
    }

    /** {@code y[i] += alpha * x[i]}, the second being signed bytes at an offset of a segment outside the heap. */
    public static void axpy(float alpha, MemorySegment x, long offsetBytes, float[] y, int length) {
        if (SIMD) {
            SimdMath.axpy(alpha, x, offsetBytes, y, length);
        } else {
            PlainMath.axpy(alpha, x, offsetBytes, y, length);
        }
    }

    /** {@code x[i] *= alpha} over the first {@code length} elements. */
    public static void scale(float alpha, float[] x, int length) {
        for (int i = 0; i < length; i++) {
            x[i] *= alpha;
        }
    }

    /** The Euclidean length. */
    public static float norm(float[] a, int from, int length) {
        return (float) Math.sqrt(dot(a, from, a, from, length));
    }

    /** Scales to length 1; a zero vector stays as it is. */
    public static void normalise(float[] x, int length) {
        float norm = norm(x, 0, length);
        if (norm > 0) {
            scale(1 / norm, x, length);
        }
    }

    /** The cosine of the angle between two vectors, in [-1, 1]; 0 where one of them is zero. */
    public static float cosine(float[] a, int aFrom, float[] b, int bFrom, int length) {
        float norms = norm(a, aFrom, length) * norm(b, bFrom, length);
        return norms > 0 ? Math.clamp(dot(a, aFrom, b, bFrom, length) / norms, -1f, 1f) : 0;
    }
}
