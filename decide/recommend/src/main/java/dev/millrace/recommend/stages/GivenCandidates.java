package dev.millrace.recommend.stages;

import dev.millrace.pipeline.Scope;
import dev.millrace.pipeline.Stage;
import dev.millrace.pipeline.StageSpec;

/** Takes the items that the caller gave for the candidates. */
public final class GivenCandidates implements Stage {
    private final Fields fields;
    private final StageSpec spec;

    public GivenCandidates(Fields fields) {
        this.fields = fields;
        spec = StageSpec.of("given")
                .reading(fields.request)
                .writing(fields.item, fields.sources, fields.fused, fields.coVisits)
                .shaping()
                .share(2);
    }

    @Override
    public StageSpec spec() {
        return spec;
    }

    @Override
    public void run(Scope scope) {
        int[] given = scope.read(fields.request).given();
        int[] items = scope.write(fields.item);
        long[] sources = scope.write(fields.sources);
        float[] fused = scope.write(fields.fused);
        float[] coVisits = scope.write(fields.coVisits);
        for (int i = 0; i < given.length; i++) {
            items[i] = given[i];
            sources[i] = 0;
            fused[i] = 1f / (1 + i);
            coVisits[i] = 0;
        }
        scope.resize(given.length);
    }
}
