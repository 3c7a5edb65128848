package dev.millrace.recommend.stages;

import dev.millrace.pipeline.Scope;
import dev.millrace.pipeline.Stage;
import dev.millrace.pipeline.StageSpec;
import dev.millrace.recommend.select.Exploration;

import java.util.Arrays;
import java.util.SplittableRandom;

/** Fills the places of the slate, some of them by chance, and notes the propensity of each. Without it: none by chance. */
public final class Explore implements Stage {
    private final Fields fields;
    private final Exploration exploration;
    private final StageSpec spec;

    public Explore(Fields fields, Exploration exploration) {
        this.fields = fields;
        this.exploration = exploration;
        spec = StageSpec.of("explore")
                .reading(fields.request)
                .writing(fields.propensity, fields.scratch)
                .shaping()
                .onFailure(StageSpec.FailurePolicy.DEFAULT)
                .share(2);
    }

    @Override
    public StageSpec spec() {
        return spec;
    }

    @Override
    public void run(Scope scope) {
        Request request = scope.read(fields.request);
        Scratch scratch = scope.write(fields.scratch);
        int places = exploration.fill(
                scope.size(),
                request.query().count(),
                new SplittableRandom(request.seed()),
                scratch.rows,
                scratch.floats);
        scope.select(scratch.rows, places);
        System.arraycopy(scratch.floats, 0, scope.write(fields.propensity), 0, places);
    }

    @Override
    public void fallback(Scope scope) {
        scope.resize(Math.min(scope.size(), scope.read(fields.request).query().count()));
        Arrays.fill(scope.write(fields.propensity), 0, scope.size(), 1);
    }
}
