package dev.millrace.training.bundle;

import dev.millrace.model.ItemId;
import dev.millrace.models.CurvePoint;
import dev.millrace.models.graph.ItemTable;
import dev.millrace.models.graph.LinearTerm;
import dev.millrace.models.graph.Mixing;
import dev.millrace.models.graph.TransformerWeights;
import dev.millrace.models.graph.TransformerWeights.Block;
import dev.millrace.models.graph.TransformerWeights.Linear;
import dev.millrace.models.graph.TransformerWeights.Norm;
import dev.millrace.models.graph.TransformerWeights.Shape;
import dev.millrace.training.network.ModelShape;
import dev.millrace.training.network.SequenceLayout;
import dev.millrace.training.network.WeightLayout;
import dev.millrace.training.ridge.RidgeTerm;
import dev.millrace.training.ridge.SequentialRidge;
import dev.millrace.training.ridge.WeightedRidge;
import org.jspecify.annotations.Nullable;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;

/**
 * What a training run leaves: the weights of its best validation and how it got there. Immutable by convention.
 *
 * @param weights in the order of the layout
 * @param ridge what is added to the network's scores; null for none
 */
@SuppressWarnings("ArrayRecordComponent") // large, and never compared
public record TrainedModel(
        List<ItemId> vocabulary,
        SequenceLayout layout,
        float[] weights,
        @Nullable WeightedRidge ridge,
        Course course) {
    public TrainedModel {
        vocabulary = List.copyOf(vocabulary);
    }

    /**
     * How a model came to be.
     *
     * @param ndcg10 on the users' last actions, which were kept back
     */
    public record Course(double ndcg10, double hr10, double cpuSeconds, List<CurvePoint> curve) {
        public Course {
            curve = List.copyOf(curve);
        }
    }

    public double ndcg10() {
        return course.ndcg10();
    }

    public double hr10() {
        return course.hr10();
    }

    /** The weights as the encoder's graph wants them. */
    public TransformerWeights toTransformerWeights() {
        ModelShape shape = layout.shape();
        List<Block> blocks = new ArrayList<>();
        for (int layer = 0; layer < shape.layers(); layer++) {
            blocks.add(block(layer));
        }
        Norm last = new Norm(slice(SequenceLayout.FINAL_GAIN), slice(SequenceLayout.FINAL_SHIFT));
        ItemTable.Projection projection = shape.isProjected()
                ? new ItemTable.Projection(slice(SequenceLayout.READ), slice(SequenceLayout.ANSWER))
                : null;
        return new TransformerWeights(
                new Shape(shape.dimension(), shape.historyLength(), shape.reach()),
                new ItemTable(
                        shape.itemDimension(), padded(slice(SequenceLayout.ITEMS), shape.itemDimension()), projection),
                blocks,
                last,
                ridge == null ? null : linearTerm(ridge));
    }

    private Block block(int layer) {
        Linear out = linear(layer, "out");
        Mixing mixing = switch (layout.shape().mixing()) {
            case ATTENTION ->
                new Mixing.Attention(
                        layout.shape().block().heads(),
                        linear(layer, "qkv"),
                        slice(SequenceLayout.block(layer, "distance")),
                        out);
            case CONVOLUTION ->
                new Mixing.Convolution(linear(layer, "gated"), slice(SequenceLayout.block(layer, "kernel")), out);
        };
        return new Block(
                norm(layer, "mixing"), mixing, norm(layer, "forward"), linear(layer, "up"), linear(layer, "down"));
    }

    private Norm norm(int layer, String name) {
        return new Norm(
                slice(SequenceLayout.block(layer, name + ".gain")),
                slice(SequenceLayout.block(layer, name + ".shift")));
    }

    private Linear linear(int layer, String name) {
        return new Linear(
                slice(SequenceLayout.block(layer, name + ".weight")),
                slice(SequenceLayout.block(layer, name + ".bias")));
    }

    private static LinearTerm linearTerm(WeightedRidge ridge) {
        RidgeTerm term = ridge.term();
        float[] votes = padded(term.votes(), term.rank());
        for (int i = 0; i < votes.length; i++) {
            votes[i] *= ridge.weight();
        }
        float[] ages = new float[SequentialRidge.REACH];
        for (int age = 0; age < ages.length; age++) {
            ages[age] = SequentialRidge.weightOfAge(age);
        }
        return new LinearTerm(term.rank(), votes, term.answers(), ages);
    }

    /** Rows behind a row of zeros, which stands for padding. */
    private static float[] padded(float[] rows, int width) {
        float[] padded = new float[width + rows.length];
        System.arraycopy(rows, 0, padded, width, rows.length);
        return padded;
    }

    private float[] slice(String name) {
        WeightLayout.Slot slot = layout.slot(name);
        return Arrays.copyOfRange(weights, slot.offset(), slot.offset() + slot.length());
    }
}
