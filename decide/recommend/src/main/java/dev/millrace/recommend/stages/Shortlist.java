package dev.millrace.recommend.stages;

import dev.millrace.kernels.TopK;
import dev.millrace.pipeline.Scope;
import dev.millrace.pipeline.Stage;
import dev.millrace.pipeline.StageSpec;

/** Orders the candidates by value and keeps the best: enough for the slate, for diversity and for exploration. */
public final class Shortlist implements Stage {
    private final Fields fields;
    private final int perPlace;
    private final int least;
    private final StageSpec spec;

    /**
     * @param perPlace how many candidates to keep per item asked for
     * @param least how many to keep in any case, where there are so many
     */
    public Shortlist(Fields fields, int perPlace, int least) {
        this.fields = fields;
        this.perPlace = perPlace;
        this.least = least;
        spec = StageSpec.of("shortlist")
                .reading(fields.request, fields.value)
                .writing(fields.scratch)
                .shaping()
                .share(2);
    }

    @Override
    public StageSpec spec() {
        return spec;
    }

    @Override
    public void run(Scope scope) {
        int wanted =
                Math.max(least, perPlace * scope.read(fields.request).query().count());
        int k = Math.min(scope.size(), wanted);
        if (k == 0) {
            return;
        }
        Scratch scratch = scope.write(fields.scratch);
        TopK best = scratch.best.reset(k);
        float[] values = scope.read(fields.value);
        for (int row = 0; row < scope.size(); row++) {
            best.offer(row, values[row]);
        }
        scope.select(scratch.rows, best.drain(scratch.rows, scratch.floats));
    }
}
