package dev.millrace.training.bundle;

import ai.onnxruntime.OnnxTensor;
import ai.onnxruntime.OrtEnvironment;
import ai.onnxruntime.OrtException;
import ai.onnxruntime.OrtSession;
import dev.millrace.models.Bundle;
import dev.millrace.models.ItemVectors;
import dev.millrace.models.graph.ScorerGraph;

import java.io.IOException;
import java.nio.FloatBuffer;
import java.util.Map;

/** A bundle's two graphs in ONNX Runtime, for checking what will be served. Owned by the training thread. */
public final class BundleModel implements AutoCloseable {
    private final Bundle bundle;
    private final OrtEnvironment environment = OrtEnvironment.getEnvironment();
    private final UserEncoder encoder;
    private final OrtSession scorer;
    private final float[] vectors;

    public BundleModel(Bundle bundle) throws IOException, OrtException {
        this.bundle = bundle;
        this.vectors = readVectors(bundle);
        try (OrtSession.SessionOptions options = new OrtSession.SessionOptions()) {
            options.setIntraOpNumThreads(1);
            options.setInterOpNumThreads(1);
            encoder = new UserEncoder(bundle);
            scorer = environment.createSession(bundle.scorer().toString(), options);
        }
    }

    public int itemCount() {
        return bundle.vocabulary().size();
    }

    /** The user vector of a history of vocabulary indexes, oldest first, at least one. */
    public float[] encode(int[] history, int count) throws OrtException {
        return encoder.encode(history, count);
    }

    /** The scores of all items of the vocabulary. */
    public float[] scores(float[] user) throws OrtException {
        long dimension = bundle.dimension();
        try (OnnxTensor userInput =
                        OnnxTensor.createTensor(environment, FloatBuffer.wrap(user), new long[] {1, dimension});
                OnnxTensor itemsInput = OnnxTensor.createTensor(
                        environment, FloatBuffer.wrap(vectors), new long[] {itemCount(), dimension});
                OrtSession.Result result =
                        scorer.run(Map.of(ScorerGraph.USER, userInput, ScorerGraph.ITEMS, itemsInput))) {
            return floats(result, itemCount());
        }
    }

    @Override
    public void close() throws OrtException {
        encoder.close();
        scorer.close();
    }

    private static float[] floats(OrtSession.Result result, int count) {
        float[] values = new float[count];
        ((OnnxTensor) result.get(0)).getFloatBuffer().get(values);
        return values;
    }

    private static float[] readVectors(Bundle bundle) throws IOException {
        ItemVectors rows = bundle.itemVectors();
        int dimension = bundle.dimension();
        float[] all = new float[Math.multiplyExact(rows.count(), dimension)];
        float[] row = new float[dimension];
        for (int item = 0; item < rows.count(); item++) {
            rows.read(item, row);
            System.arraycopy(row, 0, all, item * dimension, dimension);
        }
        return all;
    }
}
