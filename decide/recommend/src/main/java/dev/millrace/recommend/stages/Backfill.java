package dev.millrace.recommend.stages;

import dev.millrace.features.Catalog;
import dev.millrace.features.SeenItems;
import dev.millrace.kernels.IntMap;
import dev.millrace.pipeline.Scope;
import dev.millrace.pipeline.Stage;
import dev.millrace.pipeline.StageSpec;

/**
 * Fills up from the catalogue when the sources leave too few candidates, as under a narrow filter: it walks a bounded
 * number of items from a place that the request's seed gives, and takes those that are eligible.
 */
public final class Backfill implements Stage {
    /** The name under which answers speak of this source. */
    public static final String SOURCE = "backfill";
    /** About a millisecond with a simple filter. */
    private static final int MOST_LOOKED_AT = 20_000;

    private static final int DEADLINE_STRIDE = 1024;
    private static final float BEHIND_ALL_OTHERS = 1e-6f;

    private final Fields fields;
    private final Catalog catalog;
    private final int sourceBit;
    private final StageSpec spec;

    /** @param sourceBit the bit of {@link Fields#sources} that names this source */
    public Backfill(Fields fields, Catalog catalog, int sourceBit) {
        this.fields = fields;
        this.catalog = catalog;
        this.sourceBit = sourceBit;
        spec = StageSpec.of("backfill")
                .reading(fields.request, fields.excluded, fields.item)
                .writing(fields.item, fields.sources, fields.fused, fields.coVisits, fields.rowOfItem)
                .shaping()
                .onFailure(StageSpec.FailurePolicy.DEFAULT)
                .share(5);
    }

    @Override
    public StageSpec spec() {
        return spec;
    }

    @Override
    public void run(Scope scope) {
        int wanted =
                Math.min(scope.capacity(), scope.read(fields.request).query().count());
        if (scope.size() < wanted && catalog.size() > 0) {
            fill(scope, wanted);
        }
    }

    /** Too few candidates are still candidates. */
    @Override
    public void fallback(Scope scope) {}

    private void fill(Scope scope, int wanted) {
        Request request = scope.read(fields.request);
        SeenItems excluded = scope.read(fields.excluded);
        IntMap taken = taken(scope);
        int all = catalog.size();
        int start = (int) Long.remainderUnsigned(request.seed(), all);
        int size = scope.size();
        for (int looked = 0; looked < Math.min(all, MOST_LOOKED_AT) && size < wanted; looked++) {
            if (looked % DEADLINE_STRIDE == DEADLINE_STRIDE - 1
                    && scope.deadline().isExpired()) {
                scope.partial("stopped at its deadline after " + looked + " items");
                break;
            }
            int item = start + looked < all ? start + looked : start + looked - all;
            if (catalog.isAvailable(item)
                    && !excluded.contains(item)
                    && request.filter().accepts(item)
                    && taken.putIfAbsent(item, size) == IntMap.ABSENT) {
                put(scope, size++, item);
            }
        }
        scope.resize(size);
    }

    private IntMap taken(Scope scope) {
        IntMap taken = scope.write(fields.rowOfItem);
        taken.clear();
        int[] items = scope.read(fields.item);
        for (int row = 0; row < scope.size(); row++) {
            taken.putIfAbsent(items[row], row);
        }
        return taken;
    }

    private void put(Scope scope, int row, int item) {
        scope.write(fields.item)[row] = item;
        scope.write(fields.sources)[row] = 1L << sourceBit;
        scope.write(fields.fused)[row] = BEHIND_ALL_OTHERS;
        scope.write(fields.coVisits)[row] = 0;
    }
}
