package dev.millrace.models.compress;

import dev.millrace.models.onnx.Attribute;
import dev.millrace.models.onnx.Dimension;
import dev.millrace.models.onnx.ElementType;
import dev.millrace.models.onnx.OnnxGraph;
import dev.millrace.models.onnx.OnnxNode;
import dev.millrace.models.onnx.Tensor;
import dev.millrace.models.onnx.TensorPort;
import org.jspecify.annotations.Nullable;

import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;

/**
 * Graphs whose wide layers multiply bytes (stateless).
 *
 * <p>Idea: a layer {@code Gemm(x, W, b)} becomes {@code MatMul(DQ(Q(x)), DQ(W8)) + b}, which the runtime fuses to one integer
 * kernel. Weights are signed and scaled per output; the input is unsigned, with a scale fixed by calibration. A scale taken from
 * the tensor itself, as dynamic quantisation does, would be shared by all rows of a batch: a score would depend on the other
 * candidates. Narrow layers stay as they are: below {@value #LEAST_WIDTH} the integer kernel gains nothing.
 */
public final class Int8Graph {
    /** Below this, in and out, fp32 is as fast. */
    public static final int LEAST_WIDTH = 128;

    private static final String LAYER = "Gemm";
    private static final int LEVELS = 127;

    private Int8Graph() {}

    /** The layers that can be compressed, in order, by the name of their weight. */
    public static List<String> layers(OnnxGraph graph) {
        Map<String, Tensor.Floats> constants = constants(graph);
        List<String> layers = new ArrayList<>();
        for (OnnxNode node : graph.nodes()) {
            Tensor.Floats weight = wideWeight(node, constants);
            if (weight != null) {
                layers.add(weight.name());
            }
        }
        return layers;
    }

    /**
     * The graph with each layer's input as a further output of the layer's name, for calibration. The new outputs are
     * {@code [N, in]}.
     */
    public static OnnxGraph observed(OnnxGraph graph) {
        Map<String, Tensor.Floats> constants = constants(graph);
        List<OnnxNode> nodes = new ArrayList<>(graph.nodes());
        List<TensorPort> outputs = new ArrayList<>(graph.outputs());
        for (OnnxNode node : graph.nodes()) {
            Tensor.Floats weight = wideWeight(node, constants);
            if (weight != null) {
                String port = inputOf(weight.name());
                nodes.add(new OnnxNode("Identity", List.of(node.inputs().getFirst()), List.of(port), List.of()));
                outputs.add(
                        TensorPort.of(port, ElementType.FLOAT, Dimension.named("N"), Dimension.of(in(node, weight))));
            }
        }
        return new OnnxGraph(graph.name(), graph.inputs(), outputs, graph.constants(), nodes);
    }

    /** What the observed input of a layer is called. */
    public static String inputOf(String layer) {
        return layer + ".input";
    }

    /**
     * Compresses layers.
     *
     * @param layers some of {@link #layers}
     * @param ranges what the input of each layer was between
     */
    public static OnnxGraph compress(OnnxGraph graph, Set<String> layers, Map<String, ValueRange> ranges) {
        Map<String, Tensor.Floats> constants = constants(graph);
        List<OnnxNode> nodes = new ArrayList<>();
        List<Tensor> kept = new ArrayList<>(graph.constants());
        for (OnnxNode node : graph.nodes()) {
            Tensor.Floats weight = wideWeight(node, constants);
            if (weight == null || !layers.contains(weight.name())) {
                nodes.add(node);
                continue;
            }
            ValueRange range = ranges.get(weight.name());
            if (range == null) {
                throw new IllegalArgumentException("layer '" + weight.name() + "' has no range; calibrate it");
            }
            kept.removeIf(constant -> constant.name().equals(weight.name()));
            compressLayer(node, weight, range, nodes, kept);
        }
        return new OnnxGraph(graph.name(), graph.inputs(), graph.outputs(), kept, nodes);
    }

    private static void compressLayer(
            OnnxNode node, Tensor.Floats weight, ValueRange range, List<OnnxNode> nodes, List<Tensor> constants) {
        String layer = weight.name();
        String x = node.inputs().getFirst();
        constants.add(Tensor.of(layer + ".x.scale", new float[] {range.scale()}));
        constants.add(Tensor.unsigned(layer + ".x.zero", new byte[] {range.zeroPoint()}));
        List<String> grid = List.of(layer + ".x.scale", layer + ".x.zero");
        nodes.add(node("QuantizeLinear", List.of(x, grid.get(0), grid.get(1)), layer + ".x8"));
        nodes.add(node("DequantizeLinear", List.of(layer + ".x8", grid.get(0), grid.get(1)), layer + ".x"));
        addWeight(node, weight, constants);
        nodes.add(new OnnxNode(
                "DequantizeLinear",
                List.of(layer + ".w8", layer + ".w.scale", layer + ".w.zero"),
                List.of(layer + ".w"),
                List.of(Attribute.of("axis", 1))));
        boolean biased = node.inputs().size() > 2;
        String product = biased ? layer + ".product" : node.outputs().getFirst();
        nodes.add(node("MatMul", List.of(layer + ".x", layer + ".w"), product));
        if (biased) {
            nodes.add(node(
                    "Add",
                    List.of(product, node.inputs().get(2)),
                    node.outputs().getFirst()));
        }
    }

    /** Signed bytes [in, out] with a scale per output: unsigned weights take a kernel of half the speed. */
    private static void addWeight(OnnxNode node, Tensor.Floats weight, List<Tensor> constants) {
        int in = in(node, weight);
        int out = weight.values().length / in;
        boolean transposed = isTransposed(node);
        byte[] bytes = new byte[in * out];
        float[] scales = new float[out];
        for (int o = 0; o < out; o++) {
            float greatest = 0;
            for (int i = 0; i < in; i++) {
                greatest = Math.max(greatest, Math.abs(weight.values()[transposed ? o * in + i : i * out + o]));
            }
            scales[o] = Math.max(Float.MIN_NORMAL, greatest / LEVELS);
            for (int i = 0; i < in; i++) {
                float value = weight.values()[transposed ? o * in + i : i * out + o];
                bytes[i * out + o] = (byte) Math.round(value / scales[o]);
            }
        }
        constants.add(Tensor.signed(weight.name() + ".w8", bytes, in, out));
        constants.add(Tensor.of(weight.name() + ".w.scale", scales, out));
        constants.add(Tensor.signed(weight.name() + ".w.zero", new byte[out], out));
    }

    private static OnnxNode node(String operator, List<String> inputs, String output) {
        return new OnnxNode(operator, inputs, List.of(output), List.of());
    }

    private static Map<String, Tensor.Floats> constants(OnnxGraph graph) {
        Map<String, Tensor.Floats> constants = new HashMap<>();
        for (Tensor constant : graph.constants()) {
            if (constant instanceof Tensor.Floats floats) {
                constants.put(floats.name(), floats);
            }
        }
        return constants;
    }

    /**
     * The constant weights of a layer: two axes, both wide, and no setting but that they are transposed. Null where the node is
     * no such layer.
     */
    private static Tensor.@Nullable Floats wideWeight(OnnxNode node, Map<String, Tensor.Floats> constants) {
        if (!node.operator().equals(LAYER) || node.inputs().size() < 2) {
            return null;
        }
        boolean plain = node.attributes().stream()
                .allMatch(attribute -> attribute.name().equals("transB"));
        Tensor.Floats weight = constants.get(node.inputs().get(1));
        boolean wide = weight != null
                && weight.shape().size() == 2
                && weight.shape().stream().allMatch(axis -> axis >= LEAST_WIDTH);
        return plain && wide ? weight : null;
    }

    private static int in(OnnxNode node, Tensor.Floats weight) {
        return Math.toIntExact(weight.shape().get(isTransposed(node) ? 1 : 0));
    }

    private static boolean isTransposed(OnnxNode node) {
        return node.attributes().stream()
                .anyMatch(attribute -> attribute instanceof Attribute.Whole whole && whole.value() == 1);
    }
}
