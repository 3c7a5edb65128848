package dev.millrace.models.onnx;

/** One axis of a tensor's shape: a fixed length, or a name that is bound to a length at run time. */
public sealed interface Dimension {
    static Dimension of(long length) {
        return new Fixed(length);
    }

    static Dimension named(String symbol) {
        return new Named(symbol);
    }

    /** A length known when the graph is written. */
    record Fixed(long length) implements Dimension {
        public Fixed {
            if (length < 0) {
                throw new IllegalArgumentException("dimension " + length + " is negative; give 0 or more");
            }
        }
    }

    /** A length known at run time only; equal names are equal lengths. */
    record Named(String symbol) implements Dimension {
        public Named {
            if (symbol.isBlank()) {
                throw new IllegalArgumentException("a named dimension needs a name");
            }
        }
    }
}
