package dev.millrace.training.online;

import ai.onnxruntime.OrtException;
import dev.millrace.model.ItemId;
import dev.millrace.models.Bundle;
import dev.millrace.models.ItemVectors;
import dev.millrace.models.Vocabulary;
import dev.millrace.training.bundle.UserEncoder;
import org.jspecify.annotations.Nullable;

import java.io.IOException;
import java.util.ArrayList;
import java.util.List;

/** Runs the trained model on what a slate was made for. Owned by the learner. */
final class SlatePreparation implements AutoCloseable {
    private final Vocabulary vocabulary;
    private final ItemVectors vectors;
    private final int dimension;
    private final UserEncoder encoder;

    SlatePreparation(Bundle bundle) throws IOException, OrtException {
        vocabulary = bundle.vocabulary();
        vectors = bundle.itemVectors();
        dimension = bundle.dimension();
        encoder = new UserEncoder(bundle);
    }

    /**
     * @param served what was added to the trained model when the slate was made: its scores contain it
     * @param modelWeight what the model's score counted in the values of the slate
     */
    PreparedSlate prepare(ServedSlate slate, Corrections served, ItemTopics topicsOfItems, float modelWeight)
            throws OrtException {
        int places = slate.size();
        float[] user = user(slate.history());
        float[] @Nullable [] rows = new float[places][];
        double[] values = new double[places];
        List<List<String>> topics = new ArrayList<>(places);
        double sum = 0;
        for (int place = 0; place < places; place++) {
            rows[place] = vector(slate.item(place));
            topics.add(topicsOfItems.of(slate.item(place)));
            values[place] = slate.score(place)
                    - PreparedSlate.correction(served, slate, user, rows[place], topics.get(place), place, modelWeight);
            sum += values[place];
        }
        return new PreparedSlate(slate, user, rows, topics, values, sum / Math.max(1, places), modelWeight);
    }

    private float @Nullable [] user(List<ItemId> history) throws OrtException {
        int[] known = new int[history.size()];
        int count = 0;
        for (ItemId item : history) {
            int index = vocabulary.index(item);
            if (index >= 0) {
                known[count++] = index;
            }
        }
        return count == 0 ? null : encoder.encode(known, count);
    }

    private float @Nullable [] vector(ItemId item) {
        int index = vocabulary.index(item);
        if (index < 0) {
            return null;
        }
        float[] row = new float[dimension];
        vectors.read(index, row);
        return row;
    }

    @Override
    public void close() throws OrtException {
        encoder.close();
    }
}
