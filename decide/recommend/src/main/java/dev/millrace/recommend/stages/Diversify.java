package dev.millrace.recommend.stages;

import dev.millrace.features.Catalog;
import dev.millrace.pipeline.Scope;
import dev.millrace.pipeline.Stage;
import dev.millrace.pipeline.StageSpec;
import dev.millrace.recommend.live.LiveModel;

import java.lang.foreign.MemorySegment;
import java.util.Arrays;

/**
 * Reorders the shortlist so that like items do not come together: alike are vectors where a model is live, else
 * topics.
 */
public final class Diversify implements Stage {
    /** Places that are diversified; a longer slate goes on by value, which keeps the cost in bounds. */
    private static final int MOST_PLACES = 50;
    /** Topics fall into so many buckets, as a vector: two topics share one seldom enough. */
    private static final int TOPIC_DIMENSION = 32;

    private final Fields fields;
    private final Catalog catalog;
    private final float lambda;
    private final StageSpec spec;

    public Diversify(Fields fields, Catalog catalog, float lambda) {
        this.fields = fields;
        this.catalog = catalog;
        this.lambda = lambda;
        spec = StageSpec.of("diversify")
                .reading(fields.request, fields.item, fields.value)
                .mayReading(fields.model)
                .writing(fields.scratch)
                .shaping()
                .onFailure(StageSpec.FailurePolicy.DEFAULT)
                .share(4);
    }

    @Override
    public StageSpec spec() {
        return spec;
    }

    @Override
    public void run(Scope scope) {
        int n = scope.size();
        if (lambda == 1 || n < 2) {
            return;
        }
        Scratch scratch = scope.write(fields.scratch);
        int[] items = scope.read(fields.item);
        int dimension = scope.has(fields.model)
                ? readVectors(scope.read(fields.model), items, n, scratch)
                : spreadTopics(items, n, scratch);
        int places = Math.min(MOST_PLACES, scope.read(fields.request).query().count());
        scratch.relevance.order(scope.read(fields.value), scratch.vectors, dimension, n, places, lambda, scratch.rows);
        scope.select(scratch.rows, n);
    }

    /** The order by value stays. */
    @Override
    public void fallback(Scope scope) {}

    private static int readVectors(LiveModel model, int[] items, int n, Scratch scratch) {
        int dimension = model.dimension();
        for (int row = 0; row < n; row++) {
            scratch.keys[row] = items[row];
        }
        MemorySegment into = MemorySegment.ofArray(scratch.vectors(n * dimension));
        model.vectors().getBatch(scratch.keys, n, into, 0, scratch.found);
        return dimension;
    }

    private int spreadTopics(int[] items, int n, Scratch scratch) {
        float[] vectors = scratch.vectors(n * TOPIC_DIMENSION);
        Arrays.fill(vectors, 0, n * TOPIC_DIMENSION, 0);
        for (int row = 0; row < n; row++) {
            for (int topic : catalog.topics(items[row])) {
                vectors[row * TOPIC_DIMENSION + topic % TOPIC_DIMENSION] += 1;
            }
        }
        return TOPIC_DIMENSION;
    }
}
