package dev.millrace.recommend.stages;

import dev.millrace.features.Catalog;
import dev.millrace.pipeline.Scope;
import dev.millrace.pipeline.Stage;
import dev.millrace.pipeline.StageSpec;
import dev.millrace.recommend.live.OnlineChanges;

import java.util.Arrays;

/** Reads what was learnt of each candidate and its topics since the model's training. Without it: nothing was. */
public final class ApplyOnlineChanges implements Stage {
    private final Fields fields;
    private final Catalog catalog;
    private final StageSpec spec;

    public ApplyOnlineChanges(Fields fields, Catalog catalog) {
        this.fields = fields;
        this.catalog = catalog;
        spec = StageSpec.of("online-changes")
                .reading(fields.changes, fields.item)
                .writing(fields.online)
                .onFailure(StageSpec.FailurePolicy.DEFAULT)
                .share(2);
    }

    @Override
    public StageSpec spec() {
        return spec;
    }

    @Override
    public void run(Scope scope) {
        OnlineChanges changes = scope.read(fields.changes);
        int[] items = scope.read(fields.item);
        float[] online = scope.write(fields.online);
        int n = scope.size();
        if (changes.isNone()) {
            Arrays.fill(online, 0, n, 0);
            return;
        }
        for (int row = 0; row < n; row++) {
            online[row] = changes.bias(items[row], catalog.topics(items[row]));
        }
    }

    @Override
    public void fallback(Scope scope) {
        Arrays.fill(scope.write(fields.online), 0, scope.size(), 0);
    }
}
