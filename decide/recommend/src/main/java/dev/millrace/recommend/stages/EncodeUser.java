package dev.millrace.recommend.stages;

import dev.millrace.kernels.VectorMath;
import dev.millrace.pipeline.Scope;
import dev.millrace.pipeline.Stage;
import dev.millrace.pipeline.StageSpec;
import dev.millrace.recommend.live.LiveModel;
import dev.millrace.retrieval.UserContext;

/** Turns the recent actions into a vector by the model's encoder. A user of whom the model knows nothing has none. */
public final class EncodeUser implements Stage {
    private final Fields fields;
    private final StageSpec spec;

    public EncodeUser(Fields fields) {
        this.fields = fields;
        spec = StageSpec.of("encode-user")
                .reading(fields.model, fields.changes, fields.user)
                .writing(fields.userVector, fields.scratch)
                .onFailure(StageSpec.FailurePolicy.SKIP)
                .share(15);
    }

    @Override
    public StageSpec spec() {
        return spec;
    }

    @Override
    public void run(Scope scope) {
        LiveModel model = scope.read(fields.model);
        UserContext user = scope.read(fields.user);
        int[] known = scope.write(fields.scratch).items;
        UserVector vector = scope.write(fields.userVector);
        float[] values = vector.reset(model.dimension());
        int count = 0;
        for (int i = 0; i < user.historyCount(); i++) {
            int index = model.vocabularyIndex(user.historyItems()[i]);
            if (index >= 0) {
                known[count++] = index;
            }
        }
        if (count > 0) {
            model.networks().encode(known, count, values, scope.deadline());
            VectorMath.axpy(1, scope.read(fields.changes).userShift(), values, values.length);
            vector.markKnown();
        }
    }
}
