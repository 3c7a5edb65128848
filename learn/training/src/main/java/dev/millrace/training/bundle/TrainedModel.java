package dev.millrace.training.bundle;

import dev.millrace.model.ItemId;
import dev.millrace.models.CurvePoint;
import dev.millrace.models.graph.TransformerWeights;
import dev.millrace.models.graph.TransformerWeights.Block;
import dev.millrace.models.graph.TransformerWeights.Linear;
import dev.millrace.models.graph.TransformerWeights.Norm;
import dev.millrace.training.network.ModelShape;
import dev.millrace.training.network.WeightLayout;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;

/**
 * What a training run leaves: the weights of its best validation and how it got there. Immutable by convention.
 *
 * @param weights in the order of the layout
 * @param ndcg10 on the users' last actions, which were kept back
 */
@SuppressWarnings("ArrayRecordComponent") // large, and never compared
public record TrainedModel(
        List<ItemId> vocabulary,
        WeightLayout layout,
        float[] weights,
        double ndcg10,
        double hr10,
        double cpuSeconds,
        List<CurvePoint> curve) {
    public TrainedModel {
        vocabulary = List.copyOf(vocabulary);
        curve = List.copyOf(curve);
    }

    /** The weights as the encoder's graph wants them. */
    public TransformerWeights toTransformerWeights() {
        ModelShape shape = layout.shape();
        List<Block> blocks = new ArrayList<>();
        for (int layer = 0; layer < shape.layers(); layer++) {
            blocks.add(block(layer));
        }
        Norm last = new Norm(slice(WeightLayout.FINAL_GAIN), slice(WeightLayout.FINAL_SHIFT));
        return new TransformerWeights(
                shape.dimension(), shape.heads(), shape.historyLength(), paddedItems(), blocks, last);
    }

    private Block block(int layer) {
        return new Block(
                norm(layer, "attention"),
                linear(layer, "qkv"),
                slice(WeightLayout.block(layer, "distance")),
                linear(layer, "out"),
                norm(layer, "forward"),
                linear(layer, "up"),
                linear(layer, "down"));
    }

    private Norm norm(int layer, String name) {
        return new Norm(
                slice(WeightLayout.block(layer, name + ".gain")), slice(WeightLayout.block(layer, name + ".shift")));
    }

    private Linear linear(int layer, String name) {
        return new Linear(
                slice(WeightLayout.block(layer, name + ".weight")), slice(WeightLayout.block(layer, name + ".bias")));
    }

    /** The item vectors behind a row of zeros, which stands for padding. */
    private float[] paddedItems() {
        int dimension = layout.shape().dimension();
        WeightLayout.Slot items = layout.slot(WeightLayout.ITEMS);
        float[] padded = new float[dimension + items.length()];
        System.arraycopy(weights, items.offset(), padded, dimension, items.length());
        return padded;
    }

    private float[] slice(String name) {
        WeightLayout.Slot slot = layout.slot(name);
        return Arrays.copyOfRange(weights, slot.offset(), slot.offset() + slot.length());
    }
}
