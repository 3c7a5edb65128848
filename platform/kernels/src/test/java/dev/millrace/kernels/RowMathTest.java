package dev.millrace.kernels;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import org.junit.jupiter.api.Test;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.util.Random;

class RowMathTest {
    private static final int FINITE_HALVES = 0x7C00;

    /** All of them, subnormal ones and both zeros too. */
    @Test
    void halvesToFloats_everyFiniteHalf_isExactBothWays() {
        int count = 2 * FINITE_HALVES;
        try (Arena arena = Arena.ofConfined()) {
            MemorySegment halves = arena.allocate(2L * count, 64);
            float[] expected = new float[count];
            for (int i = 0; i < count; i++) {
                short half = (short) (i < FINITE_HALVES ? i : (i - FINITE_HALVES) | 0x8000);
                halves.setAtIndex(ValueLayout.JAVA_SHORT, i, half);
                expected[i] = Float.float16ToFloat(half);
            }
            MemorySegment floats = arena.allocate(4L * count, 64);
            RowMath.halvesToFloats(halves.address(), count, floats, 0);
            assertSameBits(expected, floats.toArray(ValueLayout.JAVA_FLOAT));
            float[] onHeap = new float[count];
            RowMath.halvesToFloats(halves.address(), count, MemorySegment.ofArray(onHeap), 0);
            assertSameBits(expected, onHeap);
            MemorySegment back = arena.allocate(2L * count, 64);
            RowMath.floatsToHalves(floats, 0, count, back.address());
            assertEquals(-1, halves.mismatch(back));
            assertEquals(RowMath.LARGEST_HALF, expected[FINITE_HALVES - 1]);
        }
    }

    @Test
    void sumHalves_rowsOfAnyLength_isThatOfPlainArithmetic() {
        Random random = new Random(21);
        for (int dimensions = 1; dimensions <= 140; dimensions++) {
            try (Arena arena = Arena.ofConfined()) {
                long[] addresses = new long[9];
                float[] weights = new float[9];
                float[] expected = new float[dimensions];
                for (int i = 0; i < addresses.length; i++) {
                    MemorySegment row = arena.allocate(2L * dimensions, 2);
                    addresses[i] = row.address();
                    weights[i] = random.nextFloat() - 0.5f;
                    for (int d = 0; d < dimensions; d++) {
                        short half = Float.floatToFloat16((float) random.nextGaussian());
                        row.setAtIndex(ValueLayout.JAVA_SHORT, d, half);
                        expected[d] += weights[i] * Float.float16ToFloat(half);
                    }
                }
                float[] sum = new float[dimensions];
                RowMath.sumHalves(addresses, weights, addresses.length, dimensions, sum);
                assertArrayEquals(expected, sum);
            }
        }
    }

    @Test
    void isWithin_notANumberOrTooLarge_isNot() {
        MemorySegment row = MemorySegment.ofArray(new float[] {1, -65_504, 65_505, Float.NaN, Float.NEGATIVE_INFINITY});
        assertTrue(RowMath.isWithin(RowMath.LARGEST_HALF, row, 0, 2));
        assertFalse(RowMath.isWithin(RowMath.LARGEST_HALF, row, 0, 3));
        assertTrue(RowMath.isWithin(Float.MAX_VALUE, row, 0, 3));
        assertFalse(RowMath.isWithin(Float.MAX_VALUE, row, 12, 1));
        assertFalse(RowMath.isWithin(Float.MAX_VALUE, row, 16, 1));
    }

    private static void assertSameBits(float[] expected, float[] actual) {
        for (int i = 0; i < expected.length; i++) {
            assertEquals(Float.floatToRawIntBits(expected[i]), Float.floatToRawIntBits(actual[i]));
        }
    }
}
