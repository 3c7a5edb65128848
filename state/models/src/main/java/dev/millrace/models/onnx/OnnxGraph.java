package dev.millrace.models.onnx;

import java.util.HashSet;
import java.util.List;
import java.util.Set;

/** A computation as ONNX describes it: ports, constants, and nodes in the order they run (immutable, but for arrays). */
public record OnnxGraph(
        String name, List<TensorPort> inputs, List<TensorPort> outputs, List<Tensor> constants, List<OnnxNode> nodes) {
    public OnnxGraph {
        inputs = List.copyOf(inputs);
        outputs = List.copyOf(outputs);
        constants = List.copyOf(constants);
        nodes = List.copyOf(nodes);
        requireConnected(name, inputs, outputs, constants, nodes);
    }

    private static void requireConnected(
            String graph,
            List<TensorPort> inputs,
            List<TensorPort> outputs,
            List<Tensor> constants,
            List<OnnxNode> nodes) {
        if (outputs.isEmpty()) {
            throw new IllegalArgumentException("graph '" + graph + "' has no output; declare at least one");
        }
        Set<String> known = new HashSet<>();
        inputs.forEach(port -> define(graph, known, port.name()));
        constants.forEach(constant -> define(graph, known, constant.name()));
        for (OnnxNode node : nodes) {
            for (String input : node.inputs()) {
                requireKnown(graph, known, input, "node " + node.operator());
            }
            node.outputs().forEach(output -> define(graph, known, output));
        }
        outputs.forEach(port -> requireKnown(graph, known, port.name(), "the graph's outputs"));
    }

    private static void define(String graph, Set<String> known, String value) {
        if (!known.add(value)) {
            throw new IllegalArgumentException("graph '" + graph + "' defines the value '" + value + "' twice");
        }
    }

    private static void requireKnown(String graph, Set<String> known, String value, String reader) {
        if (!value.isEmpty() && !known.contains(value)) { // an empty name leaves an optional input out
            throw new IllegalArgumentException(
                    "graph '" + graph + "': " + reader + " reads '" + value + "', which nothing defines before it");
        }
    }
}
