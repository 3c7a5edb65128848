package dev.millrace.recommend.stages;

import dev.millrace.features.Catalog;
import dev.millrace.features.SeenItems;
import dev.millrace.pipeline.Scope;
import dev.millrace.pipeline.Stage;
import dev.millrace.pipeline.StageSpec;

/** Drops what may not be shown: items that are not available, are excluded, or do not match the request's filter. */
public final class KeepEligible implements Stage {
    private final Fields fields;
    private final Catalog catalog;
    private final StageSpec spec;

    public KeepEligible(Fields fields, Catalog catalog) {
        this.fields = fields;
        this.catalog = catalog;
        spec = StageSpec.of("keep-eligible")
                .reading(fields.request, fields.excluded, fields.item)
                .writing(fields.scratch)
                .shaping()
                .share(3);
    }

    @Override
    public StageSpec spec() {
        return spec;
    }

    @Override
    public void run(Scope scope) {
        ItemFilter filter = scope.read(fields.request).filter();
        SeenItems excluded = scope.read(fields.excluded);
        int[] items = scope.read(fields.item);
        int[] rows = scope.write(fields.scratch).rows;
        int n = scope.size();
        int kept = 0;
        for (int row = 0; row < n; row++) {
            int item = items[row];
            if (catalog.isAvailable(item) && !excluded.contains(item) && filter.accepts(item)) {
                rows[kept++] = row;
            }
        }
        scope.select(rows, kept);
    }
}
