package dev.millrace.recommend.stages;

import dev.millrace.features.FeatureDefinition;
import dev.millrace.features.FeatureSchema;
import dev.millrace.features.FeatureState;
import dev.millrace.features.ItemRows;
import dev.millrace.features.Moment;
import dev.millrace.pipeline.Column.FloatColumn;
import dev.millrace.pipeline.Scope;
import dev.millrace.pipeline.Stage;
import dev.millrace.pipeline.StageSpec;

import java.util.Arrays;

/**
 * Reads the candidates' counters in one batch, and their age, by the definitions that training rows are made with. Without
 * it: items that nobody has met.
 */
public final class ReadItemFeatures implements Stage {
    /** The features of an item say the same of every user. */
    private static final int NOBODY = -1;

    private final Fields fields;
    private final FeatureState state;
    private final Reading[] readings;
    private final StageSpec spec;

    /** A feature and where it goes. */
    private record Reading(FeatureDefinition.Numeric feature, FloatColumn column) {}

    public ReadItemFeatures(Fields fields, FeatureState state) {
        this.fields = fields;
        this.state = state;
        FeatureSchema schema = FeatureSchema.standard(state.config());
        readings = new Reading[] {
            new Reading(schema.numeric("item_impressions"), fields.impressions),
            new Reading(schema.numeric("item_clicks"), fields.clicks),
            new Reading(schema.numeric("item_positives"), fields.positives),
            new Reading(schema.numeric("item_complaints"), fields.complaints),
            new Reading(schema.numeric("item_age_days"), fields.ageDays)
        };
        spec = StageSpec.of("item-features")
                .reading(fields.request, fields.item)
                .writing(
                        fields.impressions,
                        fields.clicks,
                        fields.positives,
                        fields.complaints,
                        fields.ageDays,
                        fields.scratch)
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
        ItemRows rows = scope.write(fields.scratch).itemRows;
        Moment now = new Moment(state, NOBODY, scope.read(fields.request).nowMillis(), rows);
        for (Reading reading : readings) {
            reading.feature.read(now, items, n, scope.write(reading.column));
        }
        if (rows.areCountsLate()) {
            scope.partial("counts of items lie in the cold tier, which did not give them in time");
        }
    }

    @Override
    public void fallback(Scope scope) {
        for (Reading reading : readings) {
            Arrays.fill(scope.write(reading.column), 0, scope.size(), 0);
        }
    }
}
