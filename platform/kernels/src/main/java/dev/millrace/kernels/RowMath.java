package dev.millrace.kernels;

import jdk.incubator.vector.ByteVector;
import jdk.incubator.vector.FloatVector;
import jdk.incubator.vector.IntVector;
import jdk.incubator.vector.ShortVector;
import jdk.incubator.vector.VectorOperators;
import jdk.incubator.vector.VectorShape;
import jdk.incubator.vector.VectorSpecies;

import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.ByteOrder;

/**
 * Arithmetic on rows at addresses: weighted sums, rows of signed bytes with one scale each, and rows of half floats. By
 * SIMD where the JVM was started with {@code --add-modules jdk.incubator.vector}, else by plain loops; both give the same
 * result, bit by bit, since each dimension is summed in the order of the rows. Stateless, thread-safe.
 *
 * <p>The rules of {@link RawMemory} hold: the caller has checked what the addresses point to.
 */
public final class RowMath {
    /** The largest magnitude that a half float holds. */
    public static final float LARGEST_HALF = 65_504;

    private static final boolean SIMD = VectorMath.isAccelerated();
    private static final int BYTE_LIMIT = 127;

    private RowMath() {}

    /**
     * {@code into[d] = Σ weights[i] · row_i[d]} over rows of floats.
     *
     * @param addresses where each row begins
     * @param into at least {@code dimensions} long
     */
    public static void sumFloats(long[] addresses, float[] weights, int rows, int dimensions, float[] into) {
        int done = SIMD ? Simd.sumFloats(addresses, weights, rows, dimensions, into) : 0;
        for (int d = done; d < dimensions; d++) {
            float sum = 0;
            for (int i = 0; i < rows; i++) {
                sum += weights[i] * RawMemory.getFloat(addresses[i] + 4L * d);
            }
            into[d] = sum;
        }
    }

    /** {@code into[d] = Σ weights[i] · row_i[d]} over rows of signed bytes; a row's scale belongs to its weight. */
    public static void sumBytes(long[] addresses, float[] weights, int rows, int dimensions, float[] into) {
        int done = SIMD ? Simd.sumBytes(addresses, weights, rows, dimensions, into) : 0;
        for (int d = done; d < dimensions; d++) {
            float sum = 0;
            for (int i = 0; i < rows; i++) {
                sum += weights[i] * RawMemory.getByte(addresses[i] + d);
            }
            into[d] = sum;
        }
    }

    /** {@code into[d] = Σ weights[i] · row_i[d]} over rows of finite half floats. */
    public static void sumHalves(long[] addresses, float[] weights, int rows, int dimensions, float[] into) {
        int done = SIMD ? Simd.sumHalves(addresses, weights, rows, dimensions, into) : 0;
        for (int d = done; d < dimensions; d++) {
            float sum = 0;
            for (int i = 0; i < rows; i++) {
                sum += weights[i] * getHalf(addresses[i], d);
            }
            into[d] = sum;
        }
    }

    /** An element of a row of half floats. */
    public static float getHalf(long address, int d) {
        return Float.float16ToFloat(RawMemory.getShort(address + 2L * d));
    }

    /** {@code into[d] = row[d]}: a row of finite half floats as floats at an offset of a segment. */
    public static void halvesToFloats(long address, int dimensions, MemorySegment into, long offset) {
        int done = SIMD && into.isNative() ? Simd.halvesToFloats(address, dimensions, into, offset) : 0;
        for (int d = done; d < dimensions; d++) {
            into.set(ValueLayout.JAVA_FLOAT_UNALIGNED, offset + 4L * d, getHalf(address, d));
        }
    }

    /** Writes a row of floats of at most {@link #LARGEST_HALF} as half floats, each rounded to the nearest. */
    public static void floatsToHalves(MemorySegment row, long offset, int dimensions, long address) {
        for (int d = 0; d < dimensions; d++) {
            float value = row.get(ValueLayout.JAVA_FLOAT_UNALIGNED, offset + 4L * d);
            RawMemory.putShort(address + 2L * d, Float.floatToFloat16(value));
        }
    }

    /** {@code into[d] = scale · row[d]}: a row of signed bytes as floats at an offset of a segment. */
    public static void dequantise(long address, float scale, int dimensions, MemorySegment into, long offset) {
        int done = SIMD && into.isNative() ? Simd.dequantise(address, scale, dimensions, into, offset) : 0;
        for (int d = done; d < dimensions; d++) {
            into.set(ValueLayout.JAVA_FLOAT_UNALIGNED, offset + 4L * d, scale * RawMemory.getByte(address + d));
        }
    }

    /** Whether each float of a row is a number of at most that magnitude. */
    public static boolean isWithin(float largest, MemorySegment row, long offset, int dimensions) {
        boolean within = true;
        for (int d = 0; d < dimensions; d++) {
            within &= Math.abs(row.get(ValueLayout.JAVA_FLOAT_UNALIGNED, offset + 4L * d)) <= largest;
        }
        return within;
    }

    /**
     * The least scale by which a row of floats can be kept as signed bytes: its largest magnitude becomes 127.
     *
     * @return 0 for a row of zeros
     * @throws IllegalArgumentException where a float is not finite
     */
    public static float leastScale(MemorySegment row, long offset, int dimensions) {
        float largest = 0;
        for (int d = 0; d < dimensions; d++) {
            float value = Math.abs(row.get(ValueLayout.JAVA_FLOAT_UNALIGNED, offset + 4L * d));
            largest = value > largest || Float.isNaN(value) ? value : largest;
        }
        if (!Float.isFinite(largest)) {
            throw new IllegalArgumentException("a row to be kept as bytes holds " + largest + "; it must be finite");
        }
        return largest / BYTE_LIMIT;
    }

    /**
     * Writes a row of floats as signed bytes, which times the scale give the floats back, each within half of it.
     *
     * @param scale at least the {@link #leastScale}
     */
    public static void quantise(MemorySegment row, long offset, int dimensions, float scale, long address) {
        float inverse = scale == 0 ? 0 : 1 / scale;
        for (int d = 0; d < dimensions; d++) {
            float value = row.get(ValueLayout.JAVA_FLOAT_UNALIGNED, offset + 4L * d);
            RawMemory.putByte(address + d, (byte) Math.clamp(Math.round(value * inverse), -BYTE_LIMIT, BYTE_LIMIT));
        }
    }

    /** Sums stay in registers over all rows, four vectors of dimensions at a time. */
    private static final class Simd {
        private static final VectorSpecies<Float> FLOATS = FloatVector.SPECIES_PREFERRED;
        private static final VectorSpecies<Byte> BYTES =
                VectorSpecies.of(byte.class, VectorShape.forBitSize(FLOATS.vectorBitSize() / Float.BYTES));

        private static final VectorSpecies<Short> SHORTS =
                VectorSpecies.of(short.class, VectorShape.forBitSize(FLOATS.vectorBitSize() / 2));
        private static final VectorSpecies<Integer> INTS = VectorSpecies.of(int.class, FLOATS.vectorShape());

        /** A half's sign, exponent and fraction, moved to where a float has them. */
        private static final int HALF_BITS = 0x8FFF_E000;

        private static final int FRACTION_SHIFT = 13;
        /** The exponents of floats count from −127, those of halves from −15. */
        private static final float EXPONENT = 0x1p112f;

        private static final int LANES = FLOATS.length();
        private static final MemorySegment ALL = RawMemory.view(0, Long.MAX_VALUE);

        static int sumFloats(long[] addresses, float[] weights, int rows, int dimensions, float[] into) {
            int d = 0;
            for (; d <= dimensions - 4 * LANES; d += 4 * LANES) {
                sumFourFloats(addresses, weights, rows, d, into);
            }
            for (; d <= dimensions - LANES; d += LANES) {
                FloatVector sum = FloatVector.zero(FLOATS);
                for (int i = 0; i < rows; i++) {
                    sum = floats(addresses[i] + 4L * d).mul(weights[i]).add(sum);
                }
                sum.intoArray(into, d);
            }
            return d;
        }

        private static void sumFourFloats(long[] addresses, float[] weights, int rows, int d, float[] into) {
            FloatVector a = FloatVector.zero(FLOATS);
            FloatVector b = a;
            FloatVector c = a;
            FloatVector e = a;
            for (int i = 0; i < rows; i++) {
                long at = (addresses[i] & RawMemory.ADDRESS_BITS) + 4L * d;
                FloatVector weight = FloatVector.broadcast(FLOATS, weights[i]);
                a = floats(at).mul(weight).add(a);
                b = floats(at + 4L * LANES).mul(weight).add(b);
                c = floats(at + 8L * LANES).mul(weight).add(c);
                e = floats(at + 12L * LANES).mul(weight).add(e);
            }
            a.intoArray(into, d);
            b.intoArray(into, d + LANES);
            c.intoArray(into, d + 2 * LANES);
            e.intoArray(into, d + 3 * LANES);
        }

        static int sumBytes(long[] addresses, float[] weights, int rows, int dimensions, float[] into) {
            int d = 0;
            for (; d <= dimensions - 4 * LANES; d += 4 * LANES) {
                sumFourBytes(addresses, weights, rows, d, into);
            }
            for (; d <= dimensions - LANES; d += LANES) {
                FloatVector sum = FloatVector.zero(FLOATS);
                for (int i = 0; i < rows; i++) {
                    sum = bytes(addresses[i] + d).mul(weights[i]).add(sum);
                }
                sum.intoArray(into, d);
            }
            return d;
        }

        private static void sumFourBytes(long[] addresses, float[] weights, int rows, int d, float[] into) {
            FloatVector a = FloatVector.zero(FLOATS);
            FloatVector b = a;
            FloatVector c = a;
            FloatVector e = a;
            for (int i = 0; i < rows; i++) {
                long at = (addresses[i] & RawMemory.ADDRESS_BITS) + d;
                FloatVector weight = FloatVector.broadcast(FLOATS, weights[i]);
                a = bytes(at).mul(weight).add(a);
                b = bytes(at + LANES).mul(weight).add(b);
                c = bytes(at + 2L * LANES).mul(weight).add(c);
                e = bytes(at + 3L * LANES).mul(weight).add(e);
            }
            a.intoArray(into, d);
            b.intoArray(into, d + LANES);
            c.intoArray(into, d + 2 * LANES);
            e.intoArray(into, d + 3 * LANES);
        }

        static int sumHalves(long[] addresses, float[] weights, int rows, int dimensions, float[] into) {
            int d = 0;
            for (; d <= dimensions - 2 * LANES; d += 2 * LANES) {
                FloatVector a = FloatVector.zero(FLOATS);
                FloatVector b = a;
                for (int i = 0; i < rows; i++) {
                    long at = (addresses[i] & RawMemory.ADDRESS_BITS) + 2L * d;
                    FloatVector weight = FloatVector.broadcast(FLOATS, weights[i]);
                    a = halves(at).mul(weight).add(a);
                    b = halves(at + 2L * LANES).mul(weight).add(b);
                }
                a.intoArray(into, d);
                b.intoArray(into, d + LANES);
            }
            for (; d <= dimensions - LANES; d += LANES) {
                FloatVector sum = FloatVector.zero(FLOATS);
                for (int i = 0; i < rows; i++) {
                    sum = halves(addresses[i] + 2L * d).mul(weights[i]).add(sum);
                }
                sum.intoArray(into, d);
            }
            return d;
        }

        static int halvesToFloats(long address, int dimensions, MemorySegment into, long offset) {
            int d = 0;
            for (; d <= dimensions - LANES; d += LANES) {
                halves(address + 2L * d).intoMemorySegment(into, offset + 4L * d, ByteOrder.nativeOrder());
            }
            return d;
        }

        /** Exact, subnormal halves too: the product moves the exponent to where a float's counts from. */
        private static FloatVector halves(long address) {
            return ((IntVector) ShortVector.fromMemorySegment(SHORTS, ALL, address, ByteOrder.nativeOrder())
                            .convertShape(VectorOperators.S2I, INTS, 0))
                    .lanewise(VectorOperators.LSHL, FRACTION_SHIFT)
                    .and(HALF_BITS)
                    .reinterpretAsFloats()
                    .mul(EXPONENT);
        }

        static int dequantise(long address, float scale, int dimensions, MemorySegment into, long offset) {
            int d = 0;
            for (; d <= dimensions - LANES; d += LANES) {
                bytes(address + d).mul(scale).intoMemorySegment(into, offset + 4L * d, ByteOrder.nativeOrder());
            }
            return d;
        }

        private static FloatVector floats(long address) {
            return FloatVector.fromMemorySegment(FLOATS, ALL, address, ByteOrder.nativeOrder());
        }

        private static FloatVector bytes(long address) {
            return (FloatVector) ByteVector.fromMemorySegment(BYTES, ALL, address, ByteOrder.nativeOrder())
                    .convertShape(VectorOperators.B2F, FLOATS, 0);
        }
    }
}
