package dev.millrace.recommend.stages;

import dev.millrace.features.Catalog;
import dev.millrace.pipeline.Scope;
import dev.millrace.pipeline.Stage;
import dev.millrace.pipeline.StageSpec;
import dev.millrace.recommend.select.ValueModel;

import java.util.Arrays;

/** Compares each candidate's topics with those that the user turns to. Without it: no preference. */
public final class MeasureTaste implements Stage {
    private final Fields fields;
    private final Catalog catalog;
    private final StageSpec spec;

    public MeasureTaste(Fields fields, Catalog catalog) {
        this.fields = fields;
        this.catalog = catalog;
        spec = StageSpec.of("measure-taste")
                .reading(fields.taste, fields.item, fields.clicks, fields.impressions)
                .writing(fields.topicLift, fields.scratch)
                .onFailure(StageSpec.FailurePolicy.DEFAULT)
                .share(3);
    }

    @Override
    public StageSpec spec() {
        return spec;
    }

    @Override
    public void run(Scope scope) {
        Taste taste = scope.read(fields.taste);
        int[] items = scope.read(fields.item);
        float[] lift = scope.write(fields.topicLift);
        // Clicks and impressions are forgotten at the same pace; all positive actions are not.
        float rate = ValueModel.meanClickRate(scope.read(fields.clicks), scope.read(fields.impressions), scope.size());
        int[][] topics = scope.write(fields.scratch).topics;
        read(items, scope.size(), topics);
        for (int row = 0; row < scope.size(); row++) {
            lift[row] = taste.logLift(topics[row], rate);
        }
    }

    // The reads of one loop do not wait for each other, so that the topics come from memory together, not one by one.
    private void read(int[] items, int count, int[][] topics) {
        for (int row = 0; row < count; row++) {
            topics[row] = catalog.topics(items[row]);
        }
    }

    @Override
    public void fallback(Scope scope) {
        Arrays.fill(scope.write(fields.topicLift), 0, scope.size(), 0);
    }
}
