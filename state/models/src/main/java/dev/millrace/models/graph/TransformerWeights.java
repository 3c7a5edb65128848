package dev.millrace.models.graph;

import org.jspecify.annotations.Nullable;

import java.util.List;

/**
 * The trained numbers of a causal network over item histories.
 *
 * <p>d = the network's width, L = the positions it reads, V = items of the vocabulary, w = the length of an item vector, f =
 * feed-forward width. All arrays are row-major. A linear layer's weight is [out, in], as PyTorch stores it: y = W x + b.
 * Arrays are kept, not copied.
 *
 * @param table the item vectors; the network multiplies what it reads by sqrt(d)
 * @param blocks first to last, at least one
 * @param finalNorm applied to the last position after the last block
 * @param linear added to the network's scores; null for none
 */
public record TransformerWeights(
        Shape shape,
        ItemTable table,
        List<Block> blocks,
        Norm finalNorm,
        @Nullable LinearTerm linear) {
    /** The epsilon of every layer norm: PyTorch's default. */
    public static final float NORM_EPSILON = 1e-5f;

    public TransformerWeights {
        blocks = List.copyOf(blocks);
        if (blocks.isEmpty()) {
            throw new IllegalArgumentException("give at least one block");
        }
        table.requireShape(shape.dimension());
        for (Block block : blocks) {
            block.requireShapes(shape);
        }
        finalNorm.requireLength("finalNorm", shape.dimension());
        if (linear != null) {
            linear.requireItems(table.items());
        }
    }

    /** V: how many items the model knows, without padding. */
    public int items() {
        return table.items();
    }

    /** The length of the user vector and of the rows that it is compared with. */
    public int userDimension() {
        return table.width() + (linear == null ? 0 : linear.width());
    }

    /** How many numbers were learnt: everything that serving keeps but the vocabulary, the padding rows not counted. */
    public long parameters() {
        long count = (long) items() * table.width() + 2L * shape.dimension();
        ItemTable.Projection projection = table.projection();
        count += projection == null ? 0 : projection.read().length + (long) projection.answer().length;
        count += linear == null ? 0 : 2L * items() * linear.width();
        for (Block block : blocks) {
            count += block.parameters();
        }
        return count;
    }

    /**
     * The sizes that the arrays share.
     *
     * @param reach how many positions a block sees from each, itself included; L where it sees all
     */
    public record Shape(int dimension, int historyLength, int reach) {
        public Shape {
            if (dimension < 1) {
                throw new IllegalArgumentException("dimension " + dimension + "; give 1 or more");
            }
            if (historyLength < 1 || reach < 1 || reach > historyLength) {
                throw new IllegalArgumentException("history length " + historyLength + " and reach " + reach
                        + "; give a length of 1 or more, and a reach within it");
            }
        }
    }

    /**
     * One pre-norm block: x + mix(norm1(x)), then x + feedForward(norm2(x)), where feedForward is linear, exact (erf) GELU,
     * linear.
     *
     * @param feedForwardIn [f, d]
     * @param feedForwardOut [d, f]
     */
    public record Block(Norm norm1, Mixing mixing, Norm norm2, Linear feedForwardIn, Linear feedForwardOut) {
        private void requireShapes(Shape shape) {
            int dimension = shape.dimension();
            norm1.requireLength("norm1", dimension);
            norm2.requireLength("norm2", dimension);
            mixing.requireShape(shape);
            feedForwardIn.requireShape("feedForwardIn", feedForwardIn.bias().length, dimension);
            feedForwardOut.requireShape("feedForwardOut", dimension, feedForwardIn.bias().length);
        }

        private long parameters() {
            long mixed = switch (mixing) {
                case Mixing.Attention attention ->
                    attention.qkv().parameters()
                            + attention.relativeBias().length
                            + attention.out().parameters();
                case Mixing.Convolution convolution ->
                    convolution.in().parameters()
                            + convolution.kernel().length
                            + convolution.out().parameters();
            };
            return mixed + 4L * norm1.gamma().length + feedForwardIn.parameters() + feedForwardOut.parameters();
        }
    }

    /** A layer norm: [d] scales and [d] shifts. */
    public record Norm(float[] gamma, float[] beta) {
        private void requireLength(String name, int dimension) {
            TransformerWeights.requireLength(name + ".gamma", gamma, dimension);
            TransformerWeights.requireLength(name + ".beta", beta, dimension);
        }
    }

    /** A linear layer: weight [out, in] and bias [out]. */
    public record Linear(float[] weight, float[] bias) {
        void requireShape(String name, int out, int in) {
            TransformerWeights.requireLength(name + ".weight", weight, out * in);
            TransformerWeights.requireLength(name + ".bias", bias, out);
        }

        private long parameters() {
            return weight.length + (long) bias.length;
        }
    }

    static void requireLength(String name, float[] values, int expected) {
        if (values.length != expected) {
            throw new IllegalArgumentException(name + " has " + values.length + " elements; expected " + expected);
        }
    }
}
