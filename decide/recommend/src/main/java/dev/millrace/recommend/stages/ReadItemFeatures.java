package dev.millrace.recommend.stages;

import dev.millrace.features.Catalog;
import dev.millrace.features.CounterKind;
import dev.millrace.features.Counters;
import dev.millrace.features.FeatureState;
import dev.millrace.pipeline.Column;
import dev.millrace.pipeline.Scope;
import dev.millrace.pipeline.Stage;
import dev.millrace.pipeline.StageSpec;

import java.util.Arrays;
import java.util.List;

/** Reads the candidates' counters in batches, and their age. Without it: items that nobody has met. */
public final class ReadItemFeatures implements Stage {
    private static final float MILLIS_PER_DAY = 86_400_000f;

    private final Fields fields;
    private final Catalog catalog;
    private final Counters counters;
    private final StageSpec spec;

    public ReadItemFeatures(Fields fields, FeatureState state) {
        this.fields = fields;
        this.catalog = state.catalog();
        this.counters = state.counters();
        spec = StageSpec.of("item-features")
                .reading(fields.request, fields.item)
                .writing(fields.impressions, fields.clicks, fields.positives, fields.complaints, fields.ageDays)
                .onFailure(StageSpec.FailurePolicy.DEFAULT)
                .share(5);
    }

    @Override
    public StageSpec spec() {
        return spec;
    }

    @Override
    public void run(Scope scope) {
        int[] items = scope.read(fields.item);
        int n = scope.size();
        long now = scope.read(fields.request).nowMillis();
        counters.items(CounterKind.IMPRESSION, items, n, now, scope.write(fields.impressions));
        counters.items(CounterKind.CLICK, items, n, now, scope.write(fields.clicks));
        counters.items(CounterKind.POSITIVE, items, n, now, scope.write(fields.positives));
        counters.items(CounterKind.COMPLAINT, items, n, now, scope.write(fields.complaints));
        float[] ageDays = scope.write(fields.ageDays);
        for (int row = 0; row < n; row++) {
            ageDays[row] = (now - catalog.createdMillis(items[row])) / MILLIS_PER_DAY;
        }
    }

    @Override
    public void fallback(Scope scope) {
        List<Column<float[]>> all =
                List.of(fields.impressions, fields.clicks, fields.positives, fields.complaints, fields.ageDays);
        for (Column<float[]> column : all) {
            Arrays.fill(scope.write(column), 0, scope.size(), 0);
        }
    }
}
