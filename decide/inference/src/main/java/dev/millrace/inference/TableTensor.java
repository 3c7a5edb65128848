package dev.millrace.inference;

import ai.onnxruntime.OnnxTensor;
import ai.onnxruntime.OrtException;
import dev.millrace.storage.RowMatrix;

import java.nio.ByteOrder;
import java.nio.FloatBuffer;

/**
 * The memory of a table of floats as an input of graphs: nothing is copied, and rows that are written later are there (thread-safe).
 *
 * @param rows how many of the table's slots it covers: all, unless they take more than the 2 GiB of a buffer of Java
 */
record TableTensor(RowMatrix matrix, OnnxTensor tensor, int rows) implements AutoCloseable {
    static TableTensor over(RowMatrix matrix, RuntimeSession session) throws OrtException {
        int rows = Math.min(matrix.slots(), Integer.MAX_VALUE / matrix.pitch());
        FloatBuffer floats = matrix.memory()
                .asSlice(0, (long) rows * matrix.pitch())
                .asByteBuffer()
                .order(ByteOrder.nativeOrder())
                .asFloatBuffer();
        long[] shape = {rows, matrix.pitch() / Float.BYTES};
        return new TableTensor(matrix, OnnxTensor.createTensor(session.environment(), floats, shape), rows);
    }

    boolean coversAll() {
        return rows == matrix.slots();
    }

    @Override
    public void close() {
        tensor.close();
    }
}
