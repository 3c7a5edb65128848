package dev.millrace.kernels;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import org.junit.jupiter.api.Test;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.util.Random;

class VectorMathTest {
    private static final int MOST = 131;

    @Test
    void simd_isInUseHere() {
        assertTrue(VectorMath.isAccelerated(), "tests run with --add-modules jdk.incubator.vector");
    }

    @Test
    void dot_anyLengthAndOffset_equalsThePlainTwin() {
        Random random = seeded();
        for (int length = 0; length <= MOST; length++) {
            float[] a = vector(random, length + 3);
            float[] b = vector(random, length + 5);
            float expected = PlainMath.dot(a, 3, b, 5, length);
            assertEquals(expected, SimdMath.dot(a, 3, b, 5, length), 1e-4f * (1 + length), "length " + length);
        }
    }

    @Test
    void dot_withBytes_equalsThePlainTwin() {
        Random random = seeded();
        for (int length = 0; length <= MOST; length++) {
            float[] a = vector(random, length + 3);
            byte[] b = new byte[length + 5];
            random.nextBytes(b);
            float expected = PlainMath.dot(a, 3, b, 5, length);
            assertEquals(expected, SimdMath.dot(a, 3, b, 5, length), 1e-2f * (1 + length), "length " + length);
        }
    }

    @Test
    void dot_ofAnOffHeapRow_equalsThePlainTwin() {
        Random random = seeded();
        try (Arena arena = Arena.ofConfined()) {
            for (int length = 0; length <= MOST; length++) {
                float[] a = vector(random, length);
                float[] b = vector(random, length);
                MemorySegment row = arena.allocate(4L * (length + 1));
                MemorySegment.copy(b, 0, row, ValueLayout.JAVA_FLOAT_UNALIGNED, 4, length);
                assertEquals(
                        PlainMath.dot(a, 0, b, 0, length), VectorMath.dot(a, row, 4, length), 1e-4f * (1 + length));
                assertEquals(PlainMath.dot(a, row, 4, length), SimdMath.dot(a, row, 4, length), 1e-4f * (1 + length));
            }
        }
    }

    @Test
    void axpy_anyLength_equalsThePlainTwin() {
        Random random = seeded();
        for (int length = 0; length <= MOST; length++) {
            float[] x = vector(random, length + 1);
            float[] expected = vector(random, length + 2);
            float[] actual = expected.clone();
            PlainMath.axpy(0.7f, x, 1, expected, 2, length);
            SimdMath.axpy(0.7f, x, 1, actual, 2, length);
            assertArrayEquals(expected, actual, 1e-5f, "length " + length);
        }
    }

    @Test
    void axpy_withBytes_equalsThePlainTwin() {
        Random random = seeded();
        try (Arena arena = Arena.ofConfined()) {
            for (int length = 0; length <= MOST; length++) {
                byte[] x = new byte[length + 3];
                random.nextBytes(x);
                MemorySegment row = arena.allocate(x.length);
                MemorySegment.copy(x, 0, row, ValueLayout.JAVA_BYTE, 0, x.length);
                float[] expected = vector(random, length);
                float[] fromArray = expected.clone();
                float[] fromRow = expected.clone();
                float[] plainFromRow = expected.clone();
                PlainMath.axpy(0.7f, x, 3, expected, length);
                PlainMath.axpy(0.7f, row, 3, plainFromRow, length);
                SimdMath.axpy(0.7f, x, 3, fromArray, length);
                SimdMath.axpy(0.7f, row, 3, fromRow, length);
                assertArrayEquals(expected, fromArray, 1e-4f, "length " + length);
                assertArrayEquals(expected, fromRow, 1e-4f, "length " + length);
                assertArrayEquals(expected, plainFromRow, 0, "length " + length);
            }
        }
    }

    @Test
    void cosine_knownVectors_isTheCosine() {
        float[] vectors = {1, 0, 1, 1, 0, 0};
        assertEquals((float) Math.sqrt(0.5), VectorMath.cosine(vectors, 0, vectors, 2, 2), 1e-6f);
        assertEquals(1, VectorMath.cosine(vectors, 2, vectors, 2, 2), 1e-6f);
        assertEquals(0, VectorMath.cosine(vectors, 0, vectors, 4, 2), "a zero vector is like nothing");
    }

    @Test
    void normalise_zeroVector_staysZero() {
        float[] zero = new float[7];
        VectorMath.normalise(zero, 7);
        assertArrayEquals(new float[7], zero);
        float[] vector = {3, 4};
        VectorMath.normalise(vector, 2);
        assertArrayEquals(new float[] {0.6f, 0.8f}, vector, 1e-6f);
    }

    private static Random seeded() {
        long seed = System.nanoTime();
        System.out.println("VectorMathTest seed " + seed);
        return new Random(seed);
    }

    private static float[] vector(Random random, int length) {
        float[] vector = new float[length];
        for (int i = 0; i < length; i++) {
            vector[i] = random.nextFloat() * 2 - 1;
        }
        return vector;
    }
}
