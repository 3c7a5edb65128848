package dev.millrace.models.graph;

import dev.millrace.models.BundleContent;
import dev.millrace.models.ItemVectors;
import dev.millrace.models.Vocabulary;

import java.time.Instant;

/** A transformer's weights as the content of a bundle: encoder, dot-product scorer, and the item vectors. */
public final class TransformerBundle {
    public static final String KIND = "causal-transformer";

    private TransformerBundle() {}

    public static BundleContent of(
            TransformerWeights weights, Vocabulary vocabulary, Instant created, BundleContent.Evidence evidence) {
        return new BundleContent(
                KIND,
                created,
                weights.shape().historyLength(),
                vocabulary,
                new EmbeddingRows(weights),
                new BundleContent.Graphs(
                        TransformerGraph.encoder(weights), ScorerGraph.dotProduct(weights.userDimension())),
                evidence);
    }

    /** The item vectors without their padding row, and behind each what the linear term answers; read in place. */
    private record EmbeddingRows(TransformerWeights weights) implements ItemVectors {
        @Override
        public int count() {
            return weights.items();
        }

        @Override
        public int dimension() {
            return weights.userDimension();
        }

        @Override
        public void read(int item, float[] into) {
            int width = weights.table().width();
            System.arraycopy(weights.table().rows(), (item + 1) * width, into, 0, width);
            LinearTerm linear = weights.linear();
            if (linear != null) {
                System.arraycopy(linear.answers(), item * linear.width(), into, width, linear.width());
            }
        }
    }
}
