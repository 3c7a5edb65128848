package dev.millrace.benchmarks.models;

import ai.onnxruntime.OnnxTensor;
import ai.onnxruntime.OrtEnvironment;
import ai.onnxruntime.OrtException;
import ai.onnxruntime.OrtSession;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.FloatBuffer;
import java.nio.file.Path;
import java.util.Map;

/** ONNX Runtime without Millrace, on the caller's thread: what the engine is compared with. Thread-safe. */
final class RawSession implements AutoCloseable {
    private final OrtEnvironment environment = OrtEnvironment.getEnvironment();
    private final OrtSession session;
    private final int width;

    /** @param width how many features a row of the graph's input has */
    RawSession(Path graph, int width) throws OrtException {
        this.width = width;
        try (OrtSession.SessionOptions options = new OrtSession.SessionOptions()) {
            options.setIntraOpNumThreads(1);
            options.setInterOpNumThreads(1);
            options.addConfigEntry("session.intra_op.allow_spinning", "0");
            session = environment.createSession(graph.toString(), options);
        }
    }

    /** The reused input and pinned output of one thread, for a fixed number of rows. */
    Tensors tensors(int rows) throws OrtException {
        return new Tensors(rows);
    }

    /** As a first program does it: an array of arrays in, a new result out. */
    float runOneRow(float[][] row) throws OrtException {
        try (OnnxTensor input = OnnxTensor.createTensor(environment, row);
                OrtSession.Result result = session.run(Map.of("features", input))) {
            return ((float[]) result.get(0).getValue())[0];
        }
    }

    @Override
    public void close() throws OrtException {
        session.close();
    }

    /** Owned by one thread. */
    final class Tensors implements AutoCloseable {
        final FloatBuffer input;
        final FloatBuffer output;
        private final Map<String, OnnxTensor> inputs;
        private final Map<String, OnnxTensor> outputs;

        private Tensors(int rows) throws OrtException {
            input = direct(rows * width);
            output = direct(rows);
            inputs = Map.of("features", OnnxTensor.createTensor(environment, input, new long[] {rows, width}));
            outputs = Map.of("score", OnnxTensor.createTensor(environment, output, new long[] {rows}));
        }

        void run() throws OrtException {
            session.run(inputs, outputs).close();
        }

        @Override
        public void close() {
            inputs.values().forEach(OnnxTensor::close);
            outputs.values().forEach(OnnxTensor::close);
        }
    }

    private static FloatBuffer direct(int floats) {
        return ByteBuffer.allocateDirect(floats * Float.BYTES)
                .order(ByteOrder.nativeOrder())
                .asFloatBuffer();
    }
}
