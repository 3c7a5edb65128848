package dev.millrace.models.compress;

import dev.millrace.model.InvalidValueException;
import dev.millrace.models.Bundle;
import dev.millrace.models.BundleContent;
import dev.millrace.models.ItemVectors;
import dev.millrace.models.onnx.OnnxGraph;
import dev.millrace.models.onnx.OnnxNode;
import dev.millrace.models.onnx.OnnxReader;
import dev.millrace.models.onnx.Tensor;

import java.io.IOException;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.stream.IntStream;

/**
 * A sequence model whose rarest items share rows of the item table (immutable by convention).
 *
 * <p>Idea: an item that was met a few times has hardly moved its row, and is hardly ever asked for. The rarest items fall into a
 * tenth as many rows by the hash of their id, each the mean of its members weighted by how often they were met. The encoder's
 * graph finds an item's row by one more lookup; the item vectors keep one row per item, of which the members' are the same, so
 * that index and scorer need not know.
 */
public final class SharedRows implements Compression {
    private static final int ITEMS_PER_ROW = 10;

    /** What the encoder's writer calls its item table. */
    private static final String TABLE = "itemEmbedding";

    /** The constant by which an encoder finds the shared rows. */
    private static final String LOOKUP = TABLE + ".row";

    private static final String VECTORS = "itemVectors";

    private final Bundle original;
    private final OnnxGraph encoder;
    private final OnnxGraph scorer;
    private final int rare;
    private final int shared;
    /** The new row of each item. */
    private final int[] rowOf;
    /** How much each item counts in its row. */
    private final float[] weight;

    private SharedRows(Bundle original, OnnxGraph encoder, OnnxGraph scorer, int rare, long[] met) {
        this.original = original;
        this.encoder = encoder;
        this.scorer = scorer;
        this.rare = rare;
        this.shared = Math.max(1, rare / ITEMS_PER_ROW);
        this.rowOf = rows(met);
        this.weight = weights(met);
    }

    /**
     * @param rare how many of the rarest items share rows
     * @param met how often each item of the vocabulary was met
     */
    public static SharedRows of(Bundle original, int rare, long[] met) throws IOException {
        int items = original.vocabulary().size();
        if (rare < 2 || rare > items) {
            throw new InvalidValueException("rare", rare + " is out of range; the model has " + items + " items");
        }
        OnnxGraph encoder = OnnxReader.read(original.encoder());
        if (encoder.constants().stream().anyMatch(constant -> constant.name().equals(LOOKUP))) {
            throw new InvalidValueException(
                    "version",
                    original.version() + " shares rows already, and what it lost would not be compared; give what it"
                            + " was compressed from");
        }
        return new SharedRows(original, encoder, OnnxReader.read(original.scorer()), rare, met.clone());
    }

    @Override
    public String method() {
        return rare + " rare items in " + shared + " rows";
    }

    @Override
    public Bundle original() {
        return original;
    }

    @Override
    public List<String> operators() {
        return List.of(TABLE, VECTORS);
    }

    @Override
    public Map<String, Double> metrics() {
        Double parameters = original.manifest().facts().metrics().get("parameters");
        return parameters == null
                ? Map.of()
                : Map.of("parameters", parameters - (double) (rare - shared) * width(table()));
    }

    @Override
    public BundleContent content(Set<String> operators, BundleContent.Evidence evidence) throws IOException {
        return new BundleContent(
                original.manifest().kind(),
                Instant.now(),
                original.historyLength(),
                original.vocabulary(),
                operators.contains(VECTORS) ? vectors() : original.itemVectors(),
                new BundleContent.Graphs(operators.contains(TABLE) ? encoder() : encoder, scorer),
                evidence);
    }

    private int[] rows(long[] met) {
        int items = met.length;
        int[] rows = new int[items];
        int[] byRarity = IntStream.range(0, items)
                .boxed()
                .sorted(Comparator.comparingLong((Integer item) -> met[item]))
                .mapToInt(Integer::intValue)
                .toArray();
        for (int i = 0; i < rare; i++) {
            int hash = original.vocabulary().item(byRarity[i]).value().hashCode();
            rows[byRarity[i]] = -1 - Math.floorMod((hash * 0x9E3779B9) >>> 8, shared);
        }
        int next = 0;
        for (int item = 0; item < items; item++) {
            rows[item] = rows[item] < 0 ? items - rare - 1 - rows[item] : next++;
        }
        return rows;
    }

    private float[] weights(long[] met) {
        double[] all = new double[met.length - rare + shared];
        for (int item = 0; item < met.length; item++) {
            all[rowOf[item]] += 1.0 + met[item];
        }
        float[] weights = new float[met.length];
        for (int item = 0; item < met.length; item++) {
            weights[item] = (float) ((1.0 + met[item]) / all[rowOf[item]]);
        }
        return weights;
    }

    private Tensor.Floats table() {
        for (Tensor constant : encoder.constants()) {
            if (constant instanceof Tensor.Floats floats && floats.name().equals(TABLE)) {
                return floats;
            }
        }
        throw new InvalidValueException(
                "version",
                original.version() + " has no item table of 32-bit floats; give what it was compressed from");
    }

    private static int width(Tensor.Floats table) {
        return Math.toIntExact(table.shape().get(1));
    }

    /** Row 0 is padding, in the table as before; so item k is k + 1 in both. */
    private OnnxGraph encoder() {
        Tensor.Floats table = table();
        int width = width(table);
        int rows = rowOf.length - rare + shared;
        float[] values = new float[(rows + 1) * width];
        long[] lookup = new long[rowOf.length + 1];
        System.arraycopy(table.values(), 0, values, 0, width);
        for (int item = 0; item < rowOf.length; item++) {
            lookup[item + 1] = rowOf[item] + 1L;
            for (int i = 0; i < width; i++) {
                values[(rowOf[item] + 1) * width + i] += weight[item] * table.values()[(item + 1) * width + i];
            }
        }
        List<Tensor> constants = new ArrayList<>(encoder.constants());
        constants.set(constants.indexOf(table), Tensor.of(TABLE, values, rows + 1L, width));
        constants.add(Tensor.of(LOOKUP, lookup, lookup.length));
        List<OnnxNode> nodes = new ArrayList<>();
        for (OnnxNode node : encoder.nodes()) {
            if (node.operator().equals("Gather") && node.inputs().getFirst().equals(TABLE)) {
                String row = node.outputs().getFirst() + ".row";
                nodes.add(new OnnxNode("Gather", List.of(LOOKUP, node.inputs().get(1)), List.of(row), List.of()));
                nodes.add(new OnnxNode("Gather", List.of(TABLE, row), node.outputs(), node.attributes()));
            } else {
                nodes.add(node);
            }
        }
        return new OnnxGraph(encoder.name(), encoder.inputs(), encoder.outputs(), constants, nodes);
    }

    private ItemVectors vectors() throws IOException {
        ItemVectors before = original.itemVectors();
        int dimension = before.dimension();
        float[] rows = new float[(rowOf.length - rare + shared) * dimension];
        float[] row = new float[dimension];
        for (int item = 0; item < rowOf.length; item++) {
            before.read(item, row);
            for (int i = 0; i < dimension; i++) {
                rows[rowOf[item] * dimension + i] += weight[item] * row[i];
            }
        }
        float[] all = new float[rowOf.length * dimension];
        for (int item = 0; item < rowOf.length; item++) {
            System.arraycopy(rows, rowOf[item] * dimension, all, item * dimension, dimension);
        }
        return ItemVectors.of(all, dimension);
    }
}
