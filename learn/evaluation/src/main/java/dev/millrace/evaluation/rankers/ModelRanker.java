package dev.millrace.evaluation.rankers;

import dev.millrace.inference.InferenceConfig;
import dev.millrace.inference.SequenceModel;
import dev.millrace.kernels.VectorMath;
import dev.millrace.model.ItemId;
import dev.millrace.models.Bundle;
import dev.millrace.models.ItemVectors;

import java.io.IOException;
import java.util.Arrays;
import java.util.List;

/**
 * A bundle, run as serving runs it: the encoder in ONNX Runtime, then the dot product with every item's vector. Owned by
 * one thread.
 */
public final class ModelRanker implements Ranker, AutoCloseable {
    private final SequenceModel model;
    private final int dimension;
    /** Vocabulary index of the model by vocabulary index of the data; −1 for items that the model does not know. */
    private final int[] known;
    /** Rows in the order of the data's vocabulary; zeros for unknown items. */
    private final float[] vectors;

    private final float[] user;
    private int[] translated = new int[64];

    public ModelRanker(Bundle bundle, List<ItemId> vocabulary) throws IOException {
        model = SequenceModel.load(bundle, InferenceConfig.of(1, 1));
        dimension = bundle.dimension();
        known = new int[vocabulary.size()];
        vectors = new float[Math.multiplyExact(vocabulary.size(), dimension)];
        user = new float[dimension];
        ItemVectors rows = bundle.itemVectors();
        float[] row = new float[dimension];
        for (int item = 0; item < known.length; item++) {
            known[item] = model.vocabularyIndex(vocabulary.get(item));
            if (known[item] >= 0) {
                rows.read(known[item], row);
                System.arraycopy(row, 0, vectors, item * dimension, dimension);
            }
        }
    }

    @Override
    public String name() {
        return "model";
    }

    @Override
    public void score(int[] history, int count, float[] scores) {
        int used = translate(history, count);
        if (used == 0) {
            Arrays.fill(scores, 0);
            return;
        }
        model.encode(translated, used, user);
        for (int item = 0; item < known.length; item++) {
            scores[item] = known[item] < 0
                    ? Float.NEGATIVE_INFINITY
                    : VectorMath.dot(user, 0, vectors, item * dimension, dimension);
        }
    }

    @Override
    public void close() {
        model.close();
    }

    private int translate(int[] history, int count) {
        if (translated.length < count) {
            translated = new int[count * 2];
        }
        int used = 0;
        for (int i = 0; i < count; i++) {
            if (known[history[i]] >= 0) {
                translated[used++] = known[history[i]];
            }
        }
        return used;
    }
}
