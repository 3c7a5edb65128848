package dev.millrace.recommend.stages;

import dev.millrace.pipeline.Scope;
import dev.millrace.pipeline.Stage;
import dev.millrace.pipeline.StageSpec;
import dev.millrace.recommend.live.LiveModel;

import java.lang.foreign.MemorySegment;

/** Takes the item's own vector for the user's: the nearest vectors are those of like items. */
public final class ItemAsVector implements Stage {
    private final Fields fields;
    private final StageSpec spec;

    public ItemAsVector(Fields fields) {
        this.fields = fields;
        spec = StageSpec.of("item-as-vector")
                .reading(fields.model, fields.request)
                .writing(fields.userVector)
                .onFailure(StageSpec.FailurePolicy.SKIP)
                .share(5);
    }

    @Override
    public StageSpec spec() {
        return spec;
    }

    @Override
    public void run(Scope scope) {
        LiveModel model = scope.read(fields.model);
        UserVector vector = scope.write(fields.userVector);
        float[] values = vector.reset(model.dimension());
        if (model.vectors().get(scope.read(fields.request).given()[0], MemorySegment.ofArray(values), 0)) {
            vector.markKnown();
        }
    }
}
