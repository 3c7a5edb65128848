package dev.millrace.training.network;

import dev.millrace.model.InvalidValueException;

/**
 * The size of a sequence model: everything that fixes the shapes of its weights but the number of items.
 *
 * @param dimension the width of the network
 * @param layers the number of blocks
 * @param block how much there is inside each block
 * @param historyLength how many of a user's latest actions the model reads
 * @param reach how many actions a block sees from each, itself included; the history's length to see all. Below it the
 *     work grows with the length of the history, not with its square
 * @param itemDimension the length of an item vector and of the user vector; below the dimension, two matrices lead from
 *     one to the other
 * @param mixing how a block looks back
 */
public record ModelShape(
        int dimension,
        int layers,
        BlockSize block,
        int historyLength,
        int reach,
        int itemDimension,
        MixingKind mixing) {
    public ModelShape {
        require("dimension", dimension, 4, 1024);
        require("layers", layers, 1, 16);
        require("historyLength", historyLength, 2, 512);
        require("reach", reach, 1, historyLength);
        require("itemDimension", itemDimension, 1, dimension);
    }

    /** Attention to the whole history, and item vectors as long as the network is wide. */
    public static ModelShape transformer(int dimension, int layers, int heads, int historyLength) {
        return new ModelShape(
                dimension,
                layers,
                BlockSize.of(dimension, heads),
                historyLength,
                historyLength,
                dimension,
                MixingKind.ATTENTION);
    }

    /** Two small blocks: 100,000 weights besides the item vectors. */
    public static ModelShape small() {
        return transformer(64, 2, 2, 50);
    }

    public ModelShape withSize(int newDimension, int newLayers, int newHeads) {
        int items = itemDimension == dimension ? newDimension : Math.min(itemDimension, newDimension);
        return new ModelShape(
                newDimension, newLayers, BlockSize.of(newDimension, newHeads), historyLength, reach, items, mixing);
    }

    /** As the rest of a larger block. */
    public ModelShape withBlock(BlockSize changed) {
        return new ModelShape(dimension, layers, changed, historyLength, reach, itemDimension, mixing);
    }

    /** A model that sees the whole history goes on to see all of it. */
    public ModelShape withHistoryLength(int length) {
        int seen = isLocal() ? Math.min(reach, length) : length;
        return new ModelShape(dimension, layers, block, length, seen, itemDimension, mixing);
    }

    public ModelShape withReach(int positions) {
        return new ModelShape(dimension, layers, block, historyLength, positions, itemDimension, mixing);
    }

    public ModelShape withItemDimension(int length) {
        return new ModelShape(dimension, layers, block, historyLength, reach, length, mixing);
    }

    public ModelShape withMixing(MixingKind kind) {
        return new ModelShape(dimension, layers, block, historyLength, reach, itemDimension, kind);
    }

    /** Whether a block sees a part of the history only. */
    public boolean isLocal() {
        return reach < historyLength;
    }

    /** Whether item vectors are shorter than the network is wide. */
    public boolean isProjected() {
        return itemDimension < dimension;
    }

    private static void require(String field, int value, int min, int max) {
        if (value < min || value > max) {
            throw new InvalidValueException(field, value + " is out of range; expected " + min + " to " + max);
        }
    }
}
