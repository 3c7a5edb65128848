package dev.millrace.models.onnx;

import java.util.ArrayList;
import java.util.List;

/**
 * Collects a graph step by step; each step returns the name of the value it made, to be given to later steps.
 *
 * <p>Owned by one thread.
 */
public final class OnnxGraphBuilder {
    private final String name;
    private final List<TensorPort> inputs = new ArrayList<>();
    private final List<TensorPort> outputs = new ArrayList<>();
    private final List<Tensor> constants = new ArrayList<>();
    private final List<OnnxNode> nodes = new ArrayList<>();
    private int unnamed;

    public OnnxGraphBuilder(String name) {
        this.name = name;
    }

    public String input(String port, ElementType type, Dimension... shape) {
        inputs.add(TensorPort.of(port, type, shape));
        return port;
    }

    /** Adds a constant; the array is kept, not copied. */
    public String constant(String constant, float[] values, long... shape) {
        constants.add(Tensor.of(constant, values, shape));
        return constant;
    }

    /** Adds a constant; the array is kept, not copied. */
    public String constant(String constant, long[] values, long... shape) {
        constants.add(Tensor.of(constant, values, shape));
        return constant;
    }

    /** Adds a node with one output, whose name is made up from the operator. */
    public String node(String operator, List<String> nodeInputs, Attribute... attributes) {
        return nodes(operator, nodeInputs, 1, attributes).getFirst();
    }

    /** Adds a node with several outputs, as {@code Split} has. */
    public List<String> nodes(String operator, List<String> nodeInputs, int outputCount, Attribute... attributes) {
        List<String> made = new ArrayList<>(outputCount);
        for (int i = 0; i < outputCount; i++) {
            made.add(operator + "_" + unnamed++);
        }
        nodes.add(new OnnxNode(operator, nodeInputs, made, List.of(attributes)));
        return List.copyOf(made);
    }

    /** Declares {@code value} as the graph's output {@code port}. */
    public void output(String port, String value, ElementType type, Dimension... shape) {
        nodes.add(new OnnxNode("Identity", List.of(value), List.of(port), List.of()));
        outputs.add(TensorPort.of(port, type, shape));
    }

    public OnnxGraph build() {
        return new OnnxGraph(name, inputs, outputs, constants, nodes);
    }
}
