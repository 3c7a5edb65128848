package dev.millrace.kernels;

import jdk.incubator.vector.ByteVector;
import jdk.incubator.vector.FloatVector;
import jdk.incubator.vector.VectorOperators;
import jdk.incubator.vector.VectorShape;
import jdk.incubator.vector.VectorSpecies;

import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.ByteOrder;

/** The loops of {@link VectorMath} on the incubating Vector API. Stateless, thread-safe. */
final class SimdMath {
    private static final VectorSpecies<Float> SPECIES = FloatVector.SPECIES_PREFERRED;
    /** As many bytes as there are floats in a vector. */
    private static final VectorSpecies<Byte> BYTES =
            VectorSpecies.of(byte.class, VectorShape.forBitSize(SPECIES.vectorBitSize() / Float.BYTES));

    private static final int LANES = SPECIES.length();
    private static final ValueLayout.OfFloat FLOAT =
            ValueLayout.JAVA_FLOAT_UNALIGNED.withOrder(ByteOrder.LITTLE_ENDIAN);

    private SimdMath() {}

    // Two accumulators hide the latency of the fused multiply-add; more gained nothing at 64 dimensions.
    static float dot(float[] a, int aFrom, float[] b, int bFrom, int length) {
        FloatVector even = FloatVector.zero(SPECIES);
        FloatVector odd = FloatVector.zero(SPECIES);
        int i = 0;
        for (; i + 2 * LANES <= length; i += 2 * LANES) {
            even = FloatVector.fromArray(SPECIES, a, aFrom + i).fma(FloatVector.fromArray(SPECIES, b, bFrom + i), even);
            odd = FloatVector.fromArray(SPECIES, a, aFrom + i + LANES)
                    .fma(FloatVector.fromArray(SPECIES, b, bFrom + i + LANES), odd);
        }
        float sum = even.add(odd).reduceLanes(VectorOperators.ADD);
        for (; i < length; i++) {
            sum += a[aFrom + i] * b[bFrom + i];
        }
        return sum;
    }

    static float dot(float[] a, int aFrom, byte[] b, int bFrom, int length) {
        FloatVector even = FloatVector.zero(SPECIES);
        FloatVector odd = FloatVector.zero(SPECIES);
        int i = 0;
        for (; i + 2 * LANES <= length; i += 2 * LANES) {
            even = widen(b, bFrom + i).fma(FloatVector.fromArray(SPECIES, a, aFrom + i), even);
            odd = widen(b, bFrom + i + LANES).fma(FloatVector.fromArray(SPECIES, a, aFrom + i + LANES), odd);
        }
        float sum = even.add(odd).reduceLanes(VectorOperators.ADD);
        for (; i < length; i++) {
            sum += a[aFrom + i] * b[bFrom + i];
        }
        return sum;
    }

    private static FloatVector widen(byte[] b, int from) {
        return (FloatVector) ByteVector.fromArray(BYTES, b, from).convertShape(VectorOperators.B2F, SPECIES, 0);
    }

    static float dot(float[] a, MemorySegment segment, long offsetBytes, int length) {
        FloatVector even = FloatVector.zero(SPECIES);
        int i = 0;
        for (; i + LANES <= length; i += LANES) {
            long at = offsetBytes + (long) i * Float.BYTES;
            even = FloatVector.fromArray(SPECIES, a, i)
                    .fma(FloatVector.fromMemorySegment(SPECIES, segment, at, ByteOrder.LITTLE_ENDIAN), even);
        }
        float sum = even.reduceLanes(VectorOperators.ADD);
        for (; i < length; i++) {
            sum += a[i] * segment.get(FLOAT, offsetBytes + (long) i * Float.BYTES);
        }
        return sum;
    }

    static void axpy(float alpha, float[] x, int xFrom, float[] y, int yFrom, int length) {
        FloatVector factor = FloatVector.broadcast(SPECIES, alpha);
        int i = 0;
        for (; i + LANES <= length; i += LANES) {
            FloatVector.fromArray(SPECIES, x, xFrom + i)
                    .fma(factor, FloatVector.fromArray(SPECIES, y, yFrom + i))
                    .intoArray(y, yFrom + i);
        }
        for (; i < length; i++) {
            y[yFrom + i] += alpha * x[xFrom + i];
        }
    }

    static void axpy(float alpha, byte[] x, int xFrom, float[] y, int length) {
        FloatVector factor = FloatVector.broadcast(SPECIES, alpha);
        int i = 0;
        for (; i + LANES <= length; i += LANES) {
            widen(x, xFrom + i)
                    .fma(factor, FloatVector.fromArray(SPECIES, y, i))
                    .intoArray(y, i);
        }
        for (; i < length; i++) {
            y[i] += alpha * x[xFrom + i];
        }
    }

    static void axpy(float alpha, MemorySegment x, long offsetBytes, float[] y, int length) {
        FloatVector factor = FloatVector.broadcast(SPECIES, alpha);
        int i = 0;
        for (; i + LANES <= length; i += LANES) {
            ByteVector bytes = ByteVector.fromMemorySegment(BYTES, x, offsetBytes + i, ByteOrder.LITTLE_ENDIAN);
            FloatVector floats = (FloatVector) bytes.convertShape(VectorOperators.B2F, SPECIES, 0);
            floats.fma(factor, FloatVector.fromArray(SPECIES, y, i)).intoArray(y, i);
        }
        for (; i < length; i++) {
            y[i] += alpha * x.get(ValueLayout.JAVA_BYTE, offsetBytes + i);
        }
    }
}
