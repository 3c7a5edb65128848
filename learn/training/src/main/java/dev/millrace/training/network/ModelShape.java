package dev.millrace.training.network;

import dev.millrace.model.InvalidValueException;

/**
 * The size of a sequence model: everything that fixes the shapes of its weights but the number of items.
 *
 * @param dimension the length of an item vector and of the user vector
 * @param layers the number of transformer blocks
 * @param heads the number of attention heads; divides the dimension
 * @param historyLength how many of a user's latest actions the model reads
 */
public record ModelShape(int dimension, int layers, int heads, int historyLength) {
    public ModelShape {
        require("dimension", dimension, 4, 1024);
        require("layers", layers, 1, 16);
        require("heads", heads, 1, 64);
        require("historyLength", historyLength, 2, 512);
        if (dimension % heads != 0) {
            throw new InvalidValueException("heads", heads + " does not divide the dimension " + dimension);
        }
    }

    /** Two small blocks: 100,000 weights besides the item vectors. */
    public static ModelShape small() {
        return new ModelShape(64, 2, 2, 50);
    }

    /** The width of the feed-forward layer inside a block. */
    public int feedForward() {
        return 4 * dimension;
    }

    public int headDimension() {
        return dimension / heads;
    }

    private static void require(String field, int value, int min, int max) {
        if (value < min || value > max) {
            throw new InvalidValueException(field, value + " is out of range; expected " + min + " to " + max);
        }
    }
}
