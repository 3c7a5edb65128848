package dev.millrace.server.infer;

import dev.millrace.models.ranker.PortType;

import java.nio.ByteBuffer;
import java.util.List;

/**
 * A tensor as it travels: little endian, row by row (immutable, but for the bytes, which nobody changes).
 *
 * @param bytes from its position to its limit
 */
record Tensor(String name, PortType type, List<Long> shape, ByteBuffer bytes) {
    Tensor {
        shape = List.copyOf(shape);
    }

    /** How many values a shape has; −1 where an axis is negative or they are too many for any body. */
    static long values(List<Long> shape) {
        long values = 1;
        for (long axis : shape) {
            if (axis < 0 || axis > Integer.MAX_VALUE) {
                return -1;
            }
            values *= axis;
            if (values > Integer.MAX_VALUE) {
                return -1;
            }
        }
        return values;
    }
}
