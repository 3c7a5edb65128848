package dev.millrace.training;

import ai.onnxruntime.OrtException;
import dev.millrace.model.ItemId;
import dev.millrace.model.MillraceException;
import dev.millrace.models.Bundle;
import dev.millrace.models.BundleRefusedException;
import dev.millrace.models.Registry;
import dev.millrace.models.Vocabulary;
import dev.millrace.samples.SequenceDataset;
import dev.millrace.training.bundle.BundleModel;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

import java.io.IOException;
import java.util.List;

/**
 * Decides whether a new model may replace the live one: both rank the newest action of the same users, and the new one
 * must not be worse. Stateless.
 */
final class PromotionGate {
    private static final Logger log = LoggerFactory.getLogger(PromotionGate.class);
    private static final int USERS = 1000;
    private static final int DEPTH = 10;

    private PromotionGate() {}

    static boolean passes(Bundle candidate, Registry registry, SequenceDataset dataset, long seed)
            throws IOException, OrtException {
        Bundle live = readableLive(registry);
        if (live == null) {
            return true;
        }
        int[][] validated = HoldOut.of(dataset, seed).validated();
        return ndcg10(candidate, dataset.vocabulary(), validated) >= ndcg10(live, dataset.vocabulary(), validated);
    }

    /** A damaged live model is one that no server can load: it must not cost the new one its place. */
    private static @Nullable Bundle readableLive(Registry registry) {
        try {
            return registry.live().orElse(null);
        } catch (IOException | BundleRefusedException | MillraceException e) {
            log.warn("the live model cannot be read; the new one is not compared with it", e);
            return null;
        }
    }

    /** A target that the model does not know counts as missed. */
    static double ndcg10(Bundle bundle, List<ItemId> vocabulary, int[][] validated) throws IOException, OrtException {
        int[] known = translation(vocabulary, bundle.vocabulary());
        int users = Math.min(USERS, validated.length);
        double gains = 0;
        try (BundleModel model = new BundleModel(bundle)) {
            for (int user = 0; user < users; user++) {
                gains += gain(model, known, validated[user]);
            }
        }
        return gains / users;
    }

    private static double gain(BundleModel model, int[] known, int[] sequence) throws OrtException {
        int target = known[sequence[sequence.length - 1]];
        int[] history = new int[sequence.length];
        int count = 0;
        for (int i = 0; i < sequence.length - 1; i++) {
            if (known[sequence[i]] >= 0) {
                history[count++] = known[sequence[i]];
            }
        }
        if (target < 0 || count == 0) {
            return 0;
        }
        float[] scores = model.scores(model.encode(history, count));
        return TargetRank.gain(TargetRank.of(scores, 0, model.itemCount(), history, count, target), DEPTH);
    }

    private static int[] translation(List<ItemId> from, Vocabulary to) {
        int[] known = new int[from.size()];
        for (int item = 0; item < known.length; item++) {
            known[item] = to.index(from.get(item));
        }
        return known;
    }
}
