package dev.millrace.training.prune;

import dev.millrace.model.InvalidValueException;
import dev.millrace.training.bundle.TrainedModel;
import dev.millrace.training.network.BlockSize;
import dev.millrace.training.network.MixingKind;
import dev.millrace.training.network.ModelShape;
import dev.millrace.training.network.SequenceLayout;
import dev.millrace.training.network.WeightLayout;

import java.util.Arrays;
import java.util.Comparator;
import java.util.stream.IntStream;

/**
 * Takes whole heads and neurons out of a network, and lowers the rank of what is left of its heads, so that all is smaller and faster
 * without any special kernel (stateless).
 *
 * <p>Idea: what a neuron can do is bounded by the length of the weights that lead to it times the length of those that lead
 * from it, and what a head can add by the length of its values' weights times that of its answers'. Of each block those of the
 * greatest product stay. Heads lose rank as {@link LowRankHeads} says. A shorter reach makes every block but the last compute fewer
 * rows. The loss is made good by learning on for a while. Source: Michel et al. 2019 (heads); Li et al. 2017 (filters by their norm).
 */
public final class StructuredPruning {
    private StructuredPruning() {}

    /**
     * A model with fewer heads and neurons in each block, which looks back less far, and without what only learning needs.
     *
     * @param kept what is left of each block
     * @throws InvalidValueException where it has fewer already
     */
    public static TrainedModel of(TrainedModel model, BlockSize kept, int reach) {
        requireFewer(model.layout().shape(), kept, reach);
        TrainedModel fewer = fewer(model, kept.heads(), kept.feedForward(), reach);
        return kept.headDimension() == model.layout().shape().block().headDimension()
                ? fewer
                : LowRankHeads.of(fewer, kept.headDimension());
    }

    private static void requireFewer(ModelShape shape, BlockSize kept, int reach) {
        BlockSize size = shape.block();
        requireFewer("heads", kept.heads(), size.heads());
        requireFewer("rank", kept.headDimension(), size.headDimension());
        requireFewer("neurons", kept.feedForward(), size.feedForward());
        requireFewer("reach", reach, shape.reach());
        boolean ofAttention = kept.heads() < size.heads() || kept.headDimension() < size.headDimension();
        if (ofAttention && shape.mixing() != MixingKind.ATTENTION) {
            throw new InvalidValueException(
                    "heads, rank",
                    kept.heads() + ", " + kept.headDimension() + ": a convolution has no heads; give " + size.heads()
                            + ", " + size.headDimension());
        }
    }

    private static TrainedModel fewer(TrainedModel model, int heads, int neurons, int reach) {
        ModelShape shape = model.layout().shape();
        BlockSize size = shape.block();
        SequenceLayout layout = new SequenceLayout(
                shape.withBlock(new BlockSize(heads, size.headDimension(), neurons))
                        .withReach(reach),
                model.vocabulary().size());
        Copy copy = new Copy(model.weights(), model.layout(), new float[layout.length()], layout);
        copy.unchanged();
        for (int layer = 0; layer < shape.layers(); layer++) {
            copy.feedForward(layer, neurons);
            switch (shape.mixing()) {
                case ATTENTION -> copy.heads(layer, heads);
                case CONVOLUTION -> copy.near(SequenceLayout.block(layer, "kernel"), all(shape.dimension()));
            }
        }
        return new TrainedModel(model.vocabulary(), layout, copy.to, model.ridge(), model.course());
    }

    private static int[] all(int count) {
        return IntStream.range(0, count).toArray();
    }

    private static void requireFewer(String field, int value, int present) {
        if (value < 1 || value > present) {
            throw new InvalidValueException(
                    field, value + " is out of range; the model has " + present + ", so give 1 to " + present);
        }
    }

    /** From one array of weights to a smaller one. */
    private record Copy(float[] from, SequenceLayout old, float[] to, SequenceLayout layout) {
        /** Everything of which the shape stays. */
        void unchanged() {
            layout.slots().forEach((name, slot) -> {
                WeightLayout.Slot before = old.slot(name);
                if (Arrays.equals(before.shape(), slot.shape())) {
                    System.arraycopy(from, before.offset(), to, slot.offset(), slot.length());
                }
            });
        }

        void feedForward(int layer, int neurons) {
            String up = SequenceLayout.block(layer, "up.weight");
            String down = SequenceLayout.block(layer, "down.weight");
            double[] strength = new double[(int) old.slot(up).shape()[0]];
            for (int i = 0; i < strength.length; i++) {
                strength[i] = norm(up, i, 1, true) * norm(down, i, 1, false);
            }
            int[] kept = strongest(strength, neurons);
            rows(up, kept);
            rows(SequenceLayout.block(layer, "up.bias"), kept);
            columns(down, kept);
        }

        void heads(int layer, int heads) {
            BlockSize size = old.shape().block();
            int width = size.headDimension();
            String qkv = SequenceLayout.block(layer, "qkv.weight");
            String out = SequenceLayout.block(layer, "out.weight");
            double[] strength = new double[size.heads()];
            for (int head = 0; head < strength.length; head++) {
                strength[head] = norm(qkv, 2 * size.attention() + head * width, width, true)
                        * norm(out, head * width, width, false);
            }
            int[] kept = strongest(strength, heads);
            int[] elements = Arrays.stream(kept)
                    .flatMap(head -> IntStream.range(head * width, (head + 1) * width))
                    .toArray();
            int[] ofAllThree = IntStream.range(0, 3)
                    .flatMap(part -> Arrays.stream(elements).map(element -> part * size.attention() + element))
                    .toArray();
            rows(qkv, ofAllThree);
            rows(SequenceLayout.block(layer, "qkv.bias"), ofAllThree);
            columns(out, elements);
            near(SequenceLayout.block(layer, "distance"), kept);
        }

        /** Of each kept row the nearest distances, which come first. */
        void near(String name, int[] kept) {
            int before = old.shape().reach();
            int reach = layout.shape().reach();
            for (int i = 0; i < kept.length; i++) {
                System.arraycopy(
                        from,
                        old.slot(name).offset() + kept[i] * before,
                        to,
                        layout.slot(name).offset() + i * reach,
                        reach);
            }
        }

        private void rows(String name, int[] kept) {
            WeightLayout.Slot before = old.slot(name);
            int width = before.length() / (int) before.shape()[0];
            for (int i = 0; i < kept.length; i++) {
                System.arraycopy(
                        from,
                        before.offset() + kept[i] * width,
                        to,
                        layout.slot(name).offset() + i * width,
                        width);
            }
        }

        private void columns(String name, int[] kept) {
            WeightLayout.Slot before = old.slot(name);
            int width = (int) before.shape()[1];
            for (int row = 0; row < before.shape()[0]; row++) {
                for (int i = 0; i < kept.length; i++) {
                    to[layout.slot(name).offset() + row * kept.length + i] =
                            from[before.offset() + row * width + kept[i]];
                }
            }
        }

        /** The length of some rows, or columns, of a matrix, taken together. */
        private double norm(String name, int first, int count, boolean ofRows) {
            WeightLayout.Slot slot = old.slot(name);
            int rows = (int) slot.shape()[0];
            int width = (int) slot.shape()[1];
            double squares = 0;
            for (int i = first; i < first + count; i++) {
                for (int j = 0; j < (ofRows ? width : rows); j++) {
                    double value = from[slot.offset() + (ofRows ? i * width + j : j * width + i)];
                    squares += value * value;
                }
            }
            return Math.sqrt(squares);
        }

        /** In rising order. */
        private static int[] strongest(double[] strength, int count) {
            return IntStream.range(0, strength.length)
                    .boxed()
                    .sorted(Comparator.comparingDouble((Integer i) -> -strength[i]))
                    .limit(count)
                    .mapToInt(Integer::intValue)
                    .sorted()
                    .toArray();
        }
    }
}
