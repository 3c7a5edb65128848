package dev.millrace.models.onnx;

import java.util.Arrays;
import java.util.List;

/** A named setting of a node, fixed when the graph is written. */
public sealed interface Attribute {
    String name();

    static Attribute of(String name, long value) {
        return new Whole(name, value);
    }

    static Attribute of(String name, float value) {
        return new Decimal(name, value);
    }

    static Attribute of(String name, String value) {
        return new Text(name, value);
    }

    static Attribute of(String name, long[] values) {
        return new Wholes(name, Arrays.stream(values).boxed().toList());
    }

    /** An {@code INT}. */
    record Whole(String name, long value) implements Attribute {}

    /** A {@code FLOAT}. */
    record Decimal(String name, float value) implements Attribute {}

    /** A {@code STRING}. */
    record Text(String name, String value) implements Attribute {}

    /** An {@code INTS}. */
    record Wholes(String name, List<Long> values) implements Attribute {
        public Wholes {
            values = List.copyOf(values);
        }
    }
}
