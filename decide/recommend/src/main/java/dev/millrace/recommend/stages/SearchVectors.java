package dev.millrace.recommend.stages;

import dev.millrace.features.Catalog;
import dev.millrace.pipeline.Scope;
import dev.millrace.pipeline.StageSpec;
import dev.millrace.pipeline.Value;
import dev.millrace.recommend.live.LiveModel;
import dev.millrace.retrieval.CandidateBuffer;
import org.jspecify.annotations.Nullable;

import java.util.function.IntPredicate;

/** Finds the items whose vectors lie nearest to the user's, in the index that belongs to the request's model. */
public final class SearchVectors implements Proposer {
    private static final String NAME = "vector";

    private final Fields fields;
    private final Catalog catalog;
    private final int limit;
    private final Value<CandidateBuffer> proposals;
    private final StageSpec spec;

    public SearchVectors(Fields fields, Catalog catalog, int limit) {
        this.fields = fields;
        this.catalog = catalog;
        this.limit = limit;
        proposals = Fields.proposals(NAME, limit);
        spec = StageSpec.of(NAME)
                .reading(fields.model, fields.user, fields.excluded)
                .mayReading(fields.userVector)
                .writing(proposals)
                .onFailure(StageSpec.FailurePolicy.SKIP)
                .offloaded();
    }

    @Override
    public StageSpec spec() {
        return spec;
    }

    @Override
    public String source() {
        return NAME;
    }

    @Override
    public Value<CandidateBuffer> proposals() {
        return proposals;
    }

    @Override
    public void run(Scope scope) {
        CandidateBuffer buffer = scope.write(proposals);
        buffer.clear();
        if (!scope.has(fields.userVector) || !scope.read(fields.userVector).isKnown()) {
            return;
        }
        LiveModel model = scope.read(fields.model);
        int found = model.index()
                .search(
                        scope.read(fields.userVector).values(),
                        limit,
                        accepting(scope.read(fields.user).eligible()),
                        scope.deadline(),
                        buffer.items(),
                        buffer.scores());
        // Each pair lies where add() puts it, so that this only counts them.
        for (int i = 0; i < found; i++) {
            buffer.add(buffer.item(i), buffer.score(i));
        }
        if (scope.deadline().isExpired()) {
            scope.partial("stopped at its deadline with " + found + " candidates");
        }
    }

    private IntPredicate accepting(@Nullable IntPredicate eligible) {
        return item -> catalog.isAvailable(item) && (eligible == null || eligible.test(item));
    }
}
