package dev.millrace.inference;

import ai.onnxruntime.OnnxTensor;
import ai.onnxruntime.OrtException;
import dev.millrace.inference.watch.RunWatch;
import dev.millrace.inference.watch.WatchedRun;
import dev.millrace.models.graph.TransformerGraph;
import dev.millrace.runtime.Deadline;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.FloatBuffer;
import java.nio.LongBuffer;
import java.util.Map;

/** The reused input and output of one encoder call (owned by whoever borrowed it). */
final class EncoderSlot implements AutoCloseable {
    private final RuntimeSession session;
    private final WatchedRun watched;
    private final LongBuffer history;
    private final FloatBuffer user;
    private final Map<String, OnnxTensor> inputs;
    private final Map<String, OnnxTensor> outputs;

    private EncoderSlot(RuntimeSession session, RunWatch watch, int historyLength, int dimension) throws OrtException {
        this.session = session;
        this.watched = watch.add();
        this.history = direct(historyLength * Long.BYTES).asLongBuffer();
        this.user = direct(dimension * Float.BYTES).asFloatBuffer();
        this.inputs = Map.of(
                TransformerGraph.HISTORY,
                OnnxTensor.createTensor(session.environment(), history, new long[] {1, historyLength}));
        this.outputs = Map.of(
                TransformerGraph.USER, OnnxTensor.createTensor(session.environment(), user, new long[] {1, dimension}));
    }

    static EncoderSlot create(RuntimeSession session, RunWatch watch, int historyLength, int dimension) {
        try {
            return new EncoderSlot(session, watch, historyLength, dimension);
        } catch (OrtException e) {
            throw new IllegalStateException("the encoder's tensors cannot be made: " + e.getMessage(), e);
        }
    }

    /** Encodes the newest items of the history, at most as many as the network reads. */
    void encode(int[] vocabularyIndexes, int count, float[] userVector, Deadline deadline) {
        int length = history.capacity();
        int used = Math.min(count, length);
        for (int i = 0; i < length - used; i++) {
            history.put(i, 0);
        }
        for (int i = 0; i < used; i++) {
            history.put(length - used + i, vocabularyIndexes[count - used + i] + 1L);
        }
        session.run(inputs, outputs, watched, deadline);
        user.get(0, userVector, 0, user.capacity());
    }

    @Override
    public void close() {
        inputs.values().forEach(OnnxTensor::close);
        outputs.values().forEach(OnnxTensor::close);
        watched.close();
    }

    static ByteBuffer direct(int bytes) {
        return ByteBuffer.allocateDirect(bytes).order(ByteOrder.nativeOrder());
    }
}
