package dev.millrace.models.onnx;

/** The element types of tensors that our graphs use, with their number in {@code TensorProto.DataType}. */
public enum ElementType {
    FLOAT(1, 4),
    UINT8(2, 1),
    INT8(3, 1),
    INT64(7, 8),
    BOOL(9, 1),
    FLOAT16(10, 2);

    private final int code;
    private final int sizeBytes;

    ElementType(int code, int sizeBytes) {
        this.code = code;
        this.sizeBytes = sizeBytes;
    }

    /** @throws IllegalArgumentException for a type that our graphs do not use */
    static ElementType ofCode(long code) {
        for (ElementType type : values()) {
            if (type.code == code) {
                return type;
            }
        }
        throw new IllegalArgumentException("element type " + code + " is not one that this version writes");
    }

    int code() {
        return code;
    }

    int sizeBytes() {
        return sizeBytes;
    }
}
