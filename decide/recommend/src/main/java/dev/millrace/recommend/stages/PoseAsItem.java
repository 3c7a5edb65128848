package dev.millrace.recommend.stages;

import dev.millrace.features.Catalog;
import dev.millrace.features.SeenItems;
import dev.millrace.model.ActionType;
import dev.millrace.pipeline.Scope;
import dev.millrace.pipeline.Stage;
import dev.millrace.pipeline.StageSpec;
import dev.millrace.retrieval.UserContext;

/** Makes a user out of an item, one who has turned to this item alone: what such a user is offered is like the item. */
public final class PoseAsItem implements Stage {
    private final Fields fields;
    private final Catalog catalog;
    private final StageSpec spec;

    public PoseAsItem(Fields fields, Catalog catalog) {
        this.fields = fields;
        this.catalog = catalog;
        spec = StageSpec.of("pose-as-item")
                .reading(fields.request)
                .writing(fields.user, fields.excluded)
                .share(5);
    }

    @Override
    public StageSpec spec() {
        return spec;
    }

    @Override
    public void run(Scope scope) {
        Request request = scope.read(fields.request);
        int item = request.given()[0];
        UserContext user = scope.write(fields.user);
        user.reset(-1, request.nowMillis(), request.seed());
        user.historyItems()[0] = item;
        user.historyMillis()[0] = request.nowMillis();
        user.historyActions()[0] = ActionType.CLICK.code();
        user.historyCount(1);
        SeenItems excluded = scope.write(fields.excluded);
        excluded.clear();
        excluded.add(item);
        HydrateUser.exclude(request, excluded, catalog);
        user.eligible(HydrateUser.eligible(request, excluded));
    }
}
