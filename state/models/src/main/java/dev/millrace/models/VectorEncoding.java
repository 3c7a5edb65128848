package dev.millrace.models;

import dev.millrace.models.quantized.ByteRow;
import org.jspecify.annotations.Nullable;

import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.SortedMap;

/** How a bundle's item vectors lie in their file, row after row, little-endian. Format: {@code docs/formats/model-bundle.md}. */
public enum VectorEncoding {
    FP32("item-vectors.f32", 4, 0),
    FP16("item-vectors.f16", 2, 0),
    /** A 16-bit scale, then a signed byte per element. */
    INT8("item-vectors.i8", 1, 2);

    private static final ValueLayout.OfFloat FLOAT =
            ValueLayout.JAVA_FLOAT_UNALIGNED.withOrder(ByteOrder.LITTLE_ENDIAN);
    private static final ValueLayout.OfShort HALF = ValueLayout.JAVA_SHORT_UNALIGNED.withOrder(ByteOrder.LITTLE_ENDIAN);

    private final String file;
    private final int elementBytes;
    private final int scaleBytes;

    VectorEncoding(String file, int elementBytes, int scaleBytes) {
        this.file = file;
        this.elementBytes = elementBytes;
        this.scaleBytes = scaleBytes;
    }

    /** The name of the file of such vectors. */
    String file() {
        return file;
    }

    long rowBytes(int dimension) {
        return scaleBytes + (long) elementBytes * dimension;
    }

    /** The encoding of the vectors among a bundle's files; null where there are none. */
    static @Nullable VectorEncoding among(SortedMap<String, BundleManifest.FileDigest> files) {
        for (VectorEncoding encoding : values()) {
            if (files.containsKey(encoding.file)) {
                return encoding;
            }
        }
        return null;
    }

    /** @param into has room for {@link #rowBytes} from its start */
    void write(float[] row, ByteBuffer into) {
        into.clear().order(ByteOrder.LITTLE_ENDIAN);
        switch (this) {
            case FP32 -> into.asFloatBuffer().put(row);
            case FP16 -> {
                for (float value : row) {
                    into.putShort(Float.floatToFloat16(value));
                }
            }
            case INT8 -> {
                byte[] bytes = new byte[row.length];
                into.putShort(ByteRow.write(row, 0, row.length, bytes, 0)).put(bytes);
            }
        }
    }

    void read(MemorySegment rows, int item, float[] into, int dimension) {
        long offset = item * rowBytes(dimension);
        switch (this) {
            case FP32 -> MemorySegment.copy(rows, FLOAT, offset, into, 0, dimension);
            case FP16 -> {
                for (int i = 0; i < dimension; i++) {
                    into[i] = Float.float16ToFloat(rows.get(HALF, offset + 2L * i));
                }
            }
            case INT8 -> {
                float scale = Float.float16ToFloat(rows.get(HALF, offset));
                for (int i = 0; i < dimension; i++) {
                    into[i] = scale * rows.get(ValueLayout.JAVA_BYTE, offset + 2 + i);
                }
            }
        }
    }
}
