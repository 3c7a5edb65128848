package dev.millrace.models.ranker;

import java.util.Arrays;
import java.util.Locale;
import java.util.Optional;

/** The element types that a ranker's inputs and outputs may have, named as the Open Inference Protocol names them. */
public enum PortType {
    FP32("float", Float.BYTES),
    FP64("double", Double.BYTES),
    INT64("int64", Long.BYTES),
    INT32("int32", Integer.BYTES),
    INT8("int8", Byte.BYTES),
    UINT8("uint8", Byte.BYTES),
    BOOL("bool", Byte.BYTES);

    private final String label;
    private final int sizeBytes;

    PortType(String label, int sizeBytes) {
        this.label = label;
        this.sizeBytes = sizeBytes;
    }

    /** The name in a signature's text. */
    public String label() {
        return label;
    }

    public int sizeBytes() {
        return sizeBytes;
    }

    static Optional<PortType> of(String text) {
        String lower = text.toLowerCase(Locale.ROOT);
        return Arrays.stream(values())
                .filter(type -> type.label.equals(lower)
                        || type.name().toLowerCase(Locale.ROOT).equals(lower))
                .findFirst();
    }
}
