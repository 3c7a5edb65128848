package dev.millrace.models.compress;

import dev.millrace.models.onnx.Attribute;
import dev.millrace.models.onnx.OnnxGraph;
import dev.millrace.models.onnx.OnnxNode;
import dev.millrace.models.onnx.Tensor;
import dev.millrace.models.quantized.ByteRow;

import java.util.ArrayList;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;

/**
 * Graphs whose weights are kept in fewer bytes than they are computed with (stateless).
 *
 * <p>Idea: of a layer's matrix, the graph holds halves, or bytes with a scale per output, and the nodes that make 32-bit floats
 * of them. The runtime folds these nodes into a constant when it loads the graph, so a layer is as fast as before. Of a table
 * that is read row by row, only the rows that are read are converted: it stays small in memory too. Biases, norms and the
 * masks of attention are few, and stay as they are.
 *
 * <p>Narrow layers gain nothing from integer kernels, which {@link Int8Graph} is for: they are what this is for.
 */
public final class StoredWeights {
    /** Smaller constants are not worth a node. */
    private static final int LEAST_ELEMENTS = 1024;

    private static final Attribute TO_FLOAT = Attribute.of("to", 1);

    private StoredWeights() {}

    /** What can be kept in fewer bytes, in the order of the graph's nodes: the names of matrices and of tables. */
    public static List<String> operators(OnnxGraph graph) {
        return List.copyOf(uses(graph).keySet());
    }

    /** The graph with some of its {@link #operators} kept in a precision. */
    public static OnnxGraph store(OnnxGraph graph, Set<String> operators, StoredPrecision precision) {
        Map<String, Use> uses = uses(graph);
        Set<String> unknown = new HashSet<>(operators);
        unknown.removeAll(uses.keySet());
        if (!unknown.isEmpty()) {
            throw new IllegalArgumentException(
                    unknown + " of graph '" + graph.name() + "' cannot be stored otherwise; known: " + uses.keySet());
        }
        List<Tensor> constants = new ArrayList<>();
        List<OnnxNode> nodes = new ArrayList<>();
        for (Tensor constant : graph.constants()) {
            Use use = uses.get(constant.name());
            if (use == null || !operators.contains(constant.name())) {
                constants.add(constant);
            } else {
                addStored(use.weight(), precision, constants);
                if (!use.isTable()) {
                    widen(use.weight().name(), use.weight().name(), precision, nodes);
                }
            }
        }
        for (OnnxNode node : graph.nodes()) {
            String table = node.operator().equals("Gather") ? node.inputs().getFirst() : "";
            if (operators.contains(table)) {
                gather(node, precision, nodes);
            } else {
                nodes.add(node);
            }
        }
        return new OnnxGraph(graph.name(), graph.inputs(), graph.outputs(), constants, nodes);
    }

    /** One weight and how it is read. */
    private record Use(Tensor.Floats weight, boolean isTable) {}

    private static Map<String, Use> uses(OnnxGraph graph) {
        Map<String, Tensor.Floats> wide = new LinkedHashMap<>();
        for (Tensor constant : graph.constants()) {
            if (constant instanceof Tensor.Floats floats
                    && floats.shape().size() == 2
                    && floats.values().length >= LEAST_ELEMENTS) {
                wide.put(floats.name(), floats);
            }
        }
        Map<String, Use> uses = new LinkedHashMap<>();
        for (OnnxNode node : graph.nodes()) {
            boolean isTable = node.operator().equals("Gather");
            int place = isTable ? 0 : 1;
            if (isTable || node.operator().equals("Gemm")) {
                Tensor.Floats weight = wide.get(node.inputs().get(place));
                if (weight != null) {
                    uses.put(weight.name(), new Use(weight, isTable));
                }
            }
        }
        return uses;
    }

    private static void addStored(Tensor.Floats weight, StoredPrecision precision, List<Tensor> constants) {
        int rows = Math.toIntExact(weight.shape().get(0));
        int width = Math.toIntExact(weight.shape().get(1));
        float[] values = weight.values();
        switch (precision) {
            case FP16 -> {
                short[] halves = new short[values.length];
                for (int i = 0; i < halves.length; i++) {
                    halves[i] = Float.floatToFloat16(values[i]);
                }
                constants.add(Tensor.halves(stored(weight.name()), halves, rows, width));
            }
            case INT8 -> {
                byte[] bytes = new byte[values.length];
                short[] scales = new short[rows];
                for (int row = 0; row < rows; row++) {
                    scales[row] = ByteRow.write(values, row * width, width, bytes, row * width);
                }
                constants.add(Tensor.signed(stored(weight.name()), bytes, rows, width));
                constants.add(Tensor.halves(scale(weight.name()), scales, rows, 1));
            }
        }
    }

    /** Nodes from a stored constant to the value {@code to} in 32-bit floats. */
    private static void widen(String name, String to, StoredPrecision precision, List<OnnxNode> nodes) {
        boolean scaled = precision == StoredPrecision.INT8;
        cast(stored(name), scaled ? name + ".steps" : to, nodes);
        if (scaled) {
            cast(scale(name), name + ".step", nodes);
            nodes.add(new OnnxNode("Mul", List.of(name + ".steps", name + ".step"), List.of(to), List.of()));
        }
    }

    /** Only the rows that are asked for become floats. */
    private static void gather(OnnxNode node, StoredPrecision precision, List<OnnxNode> nodes) {
        String name = node.inputs().get(0);
        String ids = node.inputs().get(1);
        String to = node.outputs().getFirst();
        boolean scaled = precision == StoredPrecision.INT8;
        nodes.add(new OnnxNode("Gather", List.of(stored(name), ids), List.of(to + ".stored"), node.attributes()));
        cast(to + ".stored", scaled ? to + ".steps" : to, nodes);
        if (scaled) {
            nodes.add(new OnnxNode("Gather", List.of(scale(name), ids), List.of(to + ".scale"), node.attributes()));
            cast(to + ".scale", to + ".step", nodes);
            nodes.add(new OnnxNode("Mul", List.of(to + ".steps", to + ".step"), List.of(to), List.of()));
        }
    }

    private static void cast(String from, String to, List<OnnxNode> nodes) {
        nodes.add(new OnnxNode("Cast", List.of(from), List.of(to), List.of(TO_FLOAT)));
    }

    private static String stored(String name) {
        return name + ".stored";
    }

    private static String scale(String name) {
        return name + ".scale";
    }
}
