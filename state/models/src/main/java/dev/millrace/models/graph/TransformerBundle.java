package dev.millrace.models.graph;

import dev.millrace.models.BundleContent;
import dev.millrace.models.ItemVectors;
import dev.millrace.models.Vocabulary;

import java.time.Instant;

/** A transformer's weights as the content of a bundle: encoder, dot-product scorer, and the tied item vectors. */
public final class TransformerBundle {
    public static final String KIND = "causal-transformer";

    private TransformerBundle() {}

    public static BundleContent of(
            TransformerWeights weights, Vocabulary vocabulary, Instant created, BundleContent.Evidence evidence) {
        return new BundleContent(
                KIND,
                created,
                weights.historyLength(),
                vocabulary,
                new EmbeddingRows(weights),
                new BundleContent.Graphs(
                        TransformerGraph.encoder(weights), ScorerGraph.dotProduct(weights.dimension())),
                evidence);
    }

    /** The embedding without its padding row, read in place. */
    private record EmbeddingRows(TransformerWeights weights) implements ItemVectors {
        @Override
        public int count() {
            return weights.items();
        }

        @Override
        public int dimension() {
            return weights.dimension();
        }

        @Override
        public void read(int item, float[] into) {
            System.arraycopy(weights.itemEmbedding(), (item + 1) * dimension(), into, 0, dimension());
        }
    }
}
