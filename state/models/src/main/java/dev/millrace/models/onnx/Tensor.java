package dev.millrace.models.onnx;

import java.util.Arrays;
import java.util.List;

/**
 * A named constant of a graph.
 *
 * <p>Arrays are kept, not copied, since weights may take hundreds of megabytes: do not change one that was given here.
 */
public sealed interface Tensor {
    String name();

    List<Long> shape();

    ElementType type();

    static Tensor of(String name, float[] values, long... shape) {
        return new Floats(name, values, boxed(shape));
    }

    static Tensor of(String name, long[] values, long... shape) {
        return new Longs(name, values, boxed(shape));
    }

    /** Bytes from −128 to 127. */
    static Tensor signed(String name, byte[] values, long... shape) {
        return new Bytes(name, values, boxed(shape), ElementType.INT8);
    }

    /** Bytes from 0 to 255. */
    static Tensor unsigned(String name, byte[] values, long... shape) {
        return new Bytes(name, values, boxed(shape), ElementType.UINT8);
    }

    /** 16-bit floats, as {@link Float#floatToFloat16} gives them. */
    static Tensor halves(String name, short[] values, long... shape) {
        return new Halves(name, values, boxed(shape));
    }

    private static List<Long> boxed(long[] shape) {
        return Arrays.stream(shape).boxed().toList();
    }

    private static void requireLength(String name, List<Long> shape, long length) {
        long expected = 1;
        for (long axis : shape) {
            if (axis < 0) {
                throw new IllegalArgumentException("constant '" + name + "' has the negative dimension " + axis);
            }
            expected = Math.multiplyExact(expected, axis);
        }
        if (expected != length) {
            throw new IllegalArgumentException(
                    "constant '" + name + "' of shape " + shape + " needs " + expected + " elements but has " + length);
        }
    }

    /** A constant of 32-bit floats, row-major. */
    @SuppressWarnings("ArrayRecordComponent") // large, and owned by the graph from then on
    record Floats(String name, float[] values, List<Long> shape) implements Tensor {
        public Floats {
            shape = List.copyOf(shape);
            requireLength(name, shape, values.length);
        }

        @Override
        public ElementType type() {
            return ElementType.FLOAT;
        }
    }

    /** A constant of 16-bit floats, row-major. */
    @SuppressWarnings("ArrayRecordComponent") // large, and owned by the graph from then on
    record Halves(String name, short[] values, List<Long> shape) implements Tensor {
        public Halves {
            shape = List.copyOf(shape);
            requireLength(name, shape, values.length);
        }

        @Override
        public ElementType type() {
            return ElementType.FLOAT16;
        }
    }

    /** A constant of bytes, row-major. */
    @SuppressWarnings("ArrayRecordComponent") // large, and owned by the graph from then on
    record Bytes(String name, byte[] values, List<Long> shape, ElementType type) implements Tensor {
        public Bytes {
            shape = List.copyOf(shape);
            requireLength(name, shape, values.length);
        }
    }

    /** A constant of 64-bit integers, row-major. */
    @SuppressWarnings("ArrayRecordComponent") // large, and owned by the graph from then on
    record Longs(String name, long[] values, List<Long> shape) implements Tensor {
        public Longs {
            shape = List.copyOf(shape);
            requireLength(name, shape, values.length);
        }

        @Override
        public ElementType type() {
            return ElementType.INT64;
        }
    }
}
