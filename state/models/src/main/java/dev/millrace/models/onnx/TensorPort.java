package dev.millrace.models.onnx;

import java.util.List;

/** An input or output of a graph: its name, element type and shape (immutable). */
public record TensorPort(String name, ElementType type, List<Dimension> shape) {
    public TensorPort {
        if (name.isBlank()) {
            throw new IllegalArgumentException("a graph's input or output needs a name");
        }
        shape = List.copyOf(shape);
    }

    public static TensorPort of(String name, ElementType type, Dimension... shape) {
        return new TensorPort(name, type, List.of(shape));
    }
}
