package dev.millrace.recommend.stages;

import dev.millrace.features.Catalog;
import dev.millrace.features.SeenItems;
import dev.millrace.pipeline.Scope;
import dev.millrace.pipeline.Stage;
import dev.millrace.pipeline.StageSpec;

import java.util.Arrays;
import java.util.SplittableRandom;

/**
 * Fills the places of the slate with candidates that were drawn evenly: the propensity of each is one over the number
 * of eligible items, which is counted in a small catalogue and estimated from a sample in a large one.
 */
public final class FillPlacesEvenly implements Stage {
    /** Items that are looked at; a sample of this size knows the share of eligible items within two points. */
    static final int SAMPLE = 4096;

    private final Fields fields;
    private final Catalog catalog;
    private final StageSpec spec;

    public FillPlacesEvenly(Fields fields, Catalog catalog) {
        this.fields = fields;
        this.catalog = catalog;
        spec = StageSpec.of("fill-places-evenly")
                .reading(fields.request, fields.excluded)
                .writing(fields.propensity)
                .shaping()
                .share(4);
    }

    @Override
    public StageSpec spec() {
        return spec;
    }

    @Override
    public void run(Scope scope) {
        Request request = scope.read(fields.request);
        scope.resize(Math.min(scope.size(), request.query().count()));
        double eligible = Math.max(scope.size(), eligibleItems(request, scope.read(fields.excluded)));
        Arrays.fill(scope.write(fields.propensity), 0, scope.size(), (float) (1 / Math.max(1, eligible)));
    }

    private double eligibleItems(Request request, SeenItems excluded) {
        int all = catalog.size();
        SplittableRandom random = all > SAMPLE ? new SplittableRandom(request.seed()) : null;
        int looked = Math.min(all, SAMPLE);
        int eligible = 0;
        for (int i = 0; i < looked; i++) {
            int item = random == null ? i : random.nextInt(all);
            if (catalog.isAvailable(item)
                    && !excluded.contains(item)
                    && request.filter().accepts(item)) {
                eligible++;
            }
        }
        return looked == 0 ? 0 : (double) eligible / looked * all;
    }
}
