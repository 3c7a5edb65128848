package dev.millrace.recommend.stages;

import dev.millrace.pipeline.Scope;
import dev.millrace.pipeline.Stage;
import dev.millrace.pipeline.StageSpec;

/** Takes the agreement of the sources for the value, where no value model applies. */
public final class RankByFusion implements Stage {
    private final Fields fields;
    private final StageSpec spec;

    public RankByFusion(Fields fields) {
        this.fields = fields;
        spec = StageSpec.of("rank-by-fusion")
                .reading(fields.fused)
                .writing(fields.value)
                .share(2);
    }

    @Override
    public StageSpec spec() {
        return spec;
    }

    @Override
    public void run(Scope scope) {
        System.arraycopy(scope.read(fields.fused), 0, scope.write(fields.value), 0, scope.size());
    }
}
