package dev.millrace.training.network;

import dev.millrace.model.InvalidValueException;

/**
 * How much there is inside each block of a sequence model. Immutable.
 *
 * @param heads the number of attention heads
 * @param headDimension the length of a head's queries, keys and values
 * @param feedForward the number of neurons of the feed-forward layer
 */
public record BlockSize(int heads, int headDimension, int feedForward) {
    private static final int USUAL_WIDENING = 4;

    public BlockSize {
        require("heads", heads, 64);
        require("headDimension", headDimension, 1024);
        require("feedForward", feedForward, 8192);
    }

    /** The usual one for a network's width: heads that share it, and four times as many neurons. */
    public static BlockSize of(int dimension, int heads) {
        require("heads", heads, 64);
        if (dimension % heads != 0) {
            throw new InvalidValueException("heads", heads + " does not divide the dimension " + dimension);
        }
        return new BlockSize(heads, dimension / heads, USUAL_WIDENING * dimension);
    }

    /** The length of all heads together. */
    public int attention() {
        return heads * headDimension;
    }

    private static void require(String field, int value, int max) {
        if (value < 1 || value > max) {
            throw new InvalidValueException(field, value + " is out of range; expected 1 to " + max);
        }
    }
}
