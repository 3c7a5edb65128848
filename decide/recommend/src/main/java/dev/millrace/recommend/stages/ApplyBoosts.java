package dev.millrace.recommend.stages;

import dev.millrace.features.Catalog;
import dev.millrace.model.Query.Boost;
import dev.millrace.pipeline.Scope;
import dev.millrace.pipeline.Stage;
import dev.millrace.pipeline.StageSpec;

import java.util.Arrays;
import java.util.List;

/** Collects the factors that the request puts on the items that match its boosts. Without it: none. */
public final class ApplyBoosts implements Stage {
    private final Fields fields;
    private final Catalog catalog;
    private final StageSpec spec;

    public ApplyBoosts(Fields fields, Catalog catalog) {
        this.fields = fields;
        this.catalog = catalog;
        spec = StageSpec.of("boosts")
                .reading(fields.request, fields.item)
                .writing(fields.boost)
                .onFailure(StageSpec.FailurePolicy.DEFAULT)
                .share(2);
    }

    @Override
    public StageSpec spec() {
        return spec;
    }

    @Override
    public void run(Scope scope) {
        int[] items = scope.read(fields.item);
        float[] logFactors = scope.write(fields.boost);
        List<Boost> boosts = scope.read(fields.request).query().boosts();
        int n = scope.size();
        Arrays.fill(logFactors, 0, n, 0);
        for (int i = 0; i < boosts.size(); i++) {
            if (scope.deadline().isExpired()) {
                scope.partial("stopped at its deadline after " + i + " of " + boosts.size() + " boosts");
                return;
            }
            ItemFilter filter = ItemFilter.compile(boosts.get(i).filter(), catalog);
            float logFactor = (float) Math.log(boosts.get(i).factor());
            for (int row = 0; row < n; row++) {
                logFactors[row] += filter.accepts(items[row]) ? logFactor : 0;
            }
        }
    }

    @Override
    public void fallback(Scope scope) {
        Arrays.fill(scope.write(fields.boost), 0, scope.size(), 0);
    }
}
