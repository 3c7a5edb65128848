package dev.millrace.models.compress;

import dev.millrace.model.InvalidValueException;
import dev.millrace.models.Bundle;
import dev.millrace.models.BundleContent;
import dev.millrace.models.ItemVectors;
import dev.millrace.models.VectorEncoding;
import dev.millrace.models.onnx.OnnxGraph;
import dev.millrace.models.onnx.OnnxReader;

import java.io.IOException;
import java.time.Instant;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Set;

/** A sequence model whose weights and item vectors are kept in fewer bytes (immutable). */
public final class StoredBundle implements Compression {
    /** The name of the item vectors among the operators: they lie outside of the graphs. */
    private static final String VECTORS = "itemVectors";

    private final Bundle original;
    private final StoredPrecision precision;
    private final OnnxGraph encoder;
    private final OnnxGraph scorer;

    private StoredBundle(Bundle original, StoredPrecision precision, OnnxGraph encoder, OnnxGraph scorer) {
        this.original = original;
        this.precision = precision;
        this.encoder = encoder;
        this.scorer = scorer;
    }

    /**
     * @throws IOException also when its graphs are not of our own writer
     * @throws InvalidValueException when it is stored in fewer bytes already: its loss would add to a loss that was never allowed
     */
    public static StoredBundle of(Bundle original, StoredPrecision precision) throws IOException {
        VectorEncoding present = original.itemVectors().encoding();
        if (present != VectorEncoding.FP32) {
            throw new InvalidValueException(
                    "version",
                    original.version() + " is stored as " + present + " already; give what it was made from: "
                            + original.manifest().facts().parents());
        }
        return new StoredBundle(
                original, precision, OnnxReader.read(original.encoder()), OnnxReader.read(original.scorer()));
    }

    @Override
    public String method() {
        return precision.toString();
    }

    @Override
    public Bundle original() {
        return original;
    }

    @Override
    public List<String> operators() {
        List<String> operators = new ArrayList<>(StoredWeights.operators(encoder));
        operators.add(VECTORS);
        return operators;
    }

    @Override
    public BundleContent content(Set<String> operators, BundleContent.Evidence evidence) throws IOException {
        Set<String> inEncoder = new HashSet<>(operators);
        boolean vectors = inEncoder.remove(VECTORS);
        return new BundleContent(
                original.manifest().kind(),
                Instant.now(),
                original.historyLength(),
                original.vocabulary(),
                vectors ? new Stored(original.itemVectors(), precision.vectors()) : original.itemVectors(),
                new BundleContent.Graphs(StoredWeights.store(encoder, inEncoder, precision), scorer),
                evidence);
    }

    /** Vectors to be kept in another encoding than they come in. */
    private record Stored(ItemVectors vectors, VectorEncoding encoding) implements ItemVectors {
        @Override
        public int count() {
            return vectors.count();
        }

        @Override
        public int dimension() {
            return vectors.dimension();
        }

        @Override
        public void read(int item, float[] into) {
            vectors.read(item, into);
        }
    }
}
