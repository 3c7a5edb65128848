package dev.millrace.recommend.stages;

import dev.millrace.features.Catalog;
import dev.millrace.features.FeatureState;
import dev.millrace.features.SeenItems;
import dev.millrace.features.UserRow;
import dev.millrace.model.ItemId;
import dev.millrace.pipeline.Scope;
import dev.millrace.pipeline.Stage;
import dev.millrace.pipeline.StageSpec;
import dev.millrace.retrieval.UserContext;

import java.util.List;
import java.util.function.IntPredicate;

/** Reads what is known of the user: recent actions, taste, and what must not be shown again. Without it: a stranger. */
public final class HydrateUser implements Stage {
    private static final int NOBODY = -1;

    private final Fields fields;
    private final FeatureState state;
    private final StageSpec spec;

    public HydrateUser(Fields fields, FeatureState state) {
        this.fields = fields;
        this.state = state;
        spec = StageSpec.of("hydrate-user")
                .reading(fields.request)
                .writing(fields.user, fields.userRow, fields.taste, fields.excluded)
                .onFailure(StageSpec.FailurePolicy.DEFAULT)
                .share(5);
    }

    @Override
    public StageSpec spec() {
        return spec;
    }

    @Override
    public void run(Scope scope) {
        Request request = scope.read(fields.request);
        int ordinal = state.users().ordinal(request.query().user());
        UserContext user = scope.write(fields.user);
        user.reset(ordinal, request.nowMillis(), request.seed());
        UserRow row = state.userRows().read(ordinal, scope.write(fields.userRow));
        user.historyCount(row.history(user.historyItems(), user.historyMillis(), user.historyActions()));
        Taste taste = scope.write(fields.taste);
        taste.read(row, request.nowMillis(), state.catalog().topicCount());
        SeenItems excluded = scope.write(fields.excluded);
        excluded.clear();
        if (ordinal >= 0) {
            row.seen(excluded);
            taste.countShown(excluded, user.historyItems(), user.historyCount(), state.catalog());
        }
        exclude(request, excluded, state.catalog());
        user.eligible(eligible(request, excluded));
        if (row.isLate()) {
            scope.partial(UserRow.WHY_LATE);
        }
    }

    @Override
    public void fallback(Scope scope) {
        Request request = scope.read(fields.request);
        UserContext user = scope.write(fields.user);
        user.reset(NOBODY, request.nowMillis(), request.seed());
        UserRow _ = state.userRows().read(NOBODY, scope.write(fields.userRow));
        scope.write(fields.taste).clear();
        SeenItems excluded = scope.write(fields.excluded);
        excluded.clear();
        exclude(request, excluded, state.catalog());
        user.eligible(eligible(request, excluded));
    }

    /** What sources may propose, so that their limits are not used up by what is dropped later. */
    static IntPredicate eligible(Request request, SeenItems excluded) {
        ItemFilter filter = request.filter();
        return item -> !excluded.contains(item) && filter.accepts(item);
    }

    /** Adds what the caller excludes and what earlier pages showed. */
    public static void exclude(Request request, SeenItems excluded, Catalog catalog) {
        List<ItemId> given = request.query().exclude();
        for (int i = 0; i < given.size(); i++) {
            int item = catalog.ordinal(given.get(i));
            if (item >= 0) {
                excluded.add(item);
            }
        }
        for (int item : request.shown()) {
            excluded.add(item);
        }
    }
}
