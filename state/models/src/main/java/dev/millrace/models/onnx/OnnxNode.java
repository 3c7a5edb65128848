package dev.millrace.models.onnx;

import java.util.List;

/** One operator of a graph: reads named values, gives named values (immutable). */
public record OnnxNode(String operator, List<String> inputs, List<String> outputs, List<Attribute> attributes) {
    public OnnxNode {
        inputs = List.copyOf(inputs);
        outputs = List.copyOf(outputs);
        attributes = List.copyOf(attributes);
        if (operator.isBlank() || outputs.isEmpty()) {
            throw new IllegalArgumentException("node '" + operator + "' needs an operator and at least one output");
        }
    }
}
