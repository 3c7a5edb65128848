package dev.millrace.recommend.stages;

import dev.millrace.pipeline.Scope;
import dev.millrace.pipeline.Stage;
import dev.millrace.pipeline.StageSpec;

import java.util.Arrays;

/** Fills the places of the slate in the order of the candidates, leaving nothing to chance: each propensity is 1. */
public final class FillPlaces implements Stage {
    private final Fields fields;
    private final StageSpec spec;

    public FillPlaces(Fields fields) {
        this.fields = fields;
        spec = StageSpec.of("fill-places")
                .reading(fields.request)
                .writing(fields.propensity)
                .shaping()
                .share(2);
    }

    @Override
    public StageSpec spec() {
        return spec;
    }

    @Override
    public void run(Scope scope) {
        scope.resize(Math.min(scope.size(), scope.read(fields.request).query().count()));
        Arrays.fill(scope.write(fields.propensity), 0, scope.size(), 1);
    }
}
