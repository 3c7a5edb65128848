package dev.millrace.training.bundle;

import ai.onnxruntime.OnnxTensor;
import ai.onnxruntime.OrtEnvironment;
import ai.onnxruntime.OrtException;
import ai.onnxruntime.OrtSession;
import dev.millrace.models.Bundle;
import dev.millrace.models.graph.TransformerGraph;

import java.nio.LongBuffer;
import java.util.Map;

/** A bundle's encoder in ONNX Runtime on one thread: from a history to a user vector, as serving has it. Owned by one thread. */
public final class UserEncoder implements AutoCloseable {
    private final OrtEnvironment environment = OrtEnvironment.getEnvironment();
    private final OrtSession session;
    private final int historyLength;
    private final int dimension;

    public UserEncoder(Bundle bundle) throws OrtException {
        historyLength = bundle.historyLength();
        dimension = bundle.dimension();
        try (OrtSession.SessionOptions options = new OrtSession.SessionOptions()) {
            options.setIntraOpNumThreads(1);
            options.setInterOpNumThreads(1);
            session = environment.createSession(bundle.encoder().toString(), options);
        }
    }

    /** The user vector of a history of vocabulary indexes, oldest first, at least one. */
    public float[] encode(int[] history, int count) throws OrtException {
        long[] padded = new long[historyLength];
        int used = Math.min(count, historyLength);
        for (int i = 0; i < used; i++) {
            padded[historyLength - used + i] = history[count - used + i] + 1L;
        }
        try (OnnxTensor input =
                        OnnxTensor.createTensor(environment, LongBuffer.wrap(padded), new long[] {1, historyLength});
                OrtSession.Result result = session.run(Map.of(TransformerGraph.HISTORY, input))) {
            float[] values = new float[dimension];
            ((OnnxTensor) result.get(0)).getFloatBuffer().get(values);
            return values;
        }
    }

    @Override
    public void close() throws OrtException {
        session.close();
    }
}
