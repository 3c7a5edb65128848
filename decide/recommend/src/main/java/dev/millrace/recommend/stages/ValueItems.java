package dev.millrace.recommend.stages;

import dev.millrace.pipeline.Column;
import dev.millrace.pipeline.Field;
import dev.millrace.pipeline.Scope;
import dev.millrace.pipeline.Stage;
import dev.millrace.pipeline.StageSpec;
import dev.millrace.recommend.select.Part;
import dev.millrace.recommend.select.ValueModel;
import dev.millrace.recommend.select.ValueWeights;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;

/**
 * Sums up each candidate's value, and keeps the addends; the weights depend on whether a ranker has spoken, and else on whether the
 * model knows the user.
 * Without it: the agreement of the sources.
 */
public final class ValueItems implements Stage {
    private static final Part[] PARTS = Part.values();

    private final Fields fields;
    private final ValueWeights withRanker;
    private final ValueWeights withModel;
    private final ValueWeights withoutModel;
    private final StageSpec spec;

    public ValueItems(Fields fields, ValueWeights withRanker, ValueWeights withModel, ValueWeights withoutModel) {
        this.fields = fields;
        this.withRanker = withRanker;
        this.withModel = withModel;
        this.withoutModel = withoutModel;
        List<Field<?>> writes = new ArrayList<>(List.of(fields.value));
        for (Part part : PARTS) {
            writes.add(fields.part(part));
        }
        spec = StageSpec.of("value")
                .reading(
                        fields.topicLift,
                        fields.coVisits,
                        fields.impressions,
                        fields.clicks,
                        fields.positives,
                        fields.complaints,
                        fields.ageDays,
                        fields.boost,
                        fields.fused)
                .mayReading(fields.modelScore, fields.online, fields.userVector, fields.ranking, fields.utility)
                .writing(writes.toArray(Field<?>[]::new))
                .onFailure(StageSpec.FailurePolicy.DEFAULT)
                .share(5);
    }

    @Override
    public StageSpec spec() {
        return spec;
    }

    @Override
    public void run(Scope scope) {
        float[] value = scope.write(fields.value);
        int n = scope.size();
        boolean ranked = scope.has(fields.ranking) && scope.read(fields.ranking).isKnown();
        boolean modelled = isModelled(scope);
        ValueWeights weights = ranked ? withRanker : modelled ? withModel : withoutModel;
        Arrays.fill(value, 0, n, 0);
        for (Part part : PARTS) {
            float[] column = scope.write(fields.part(part));
            float weight = weights.of(part);
            if (part == Part.MODEL) {
                measureModel(scope, ranked, modelled, column);
            } else {
                measure(part, scope, column);
            }
            for (int row = 0; row < n; row++) {
                // Adding zero turns the negative one into the positive one, which people read without wonder.
                column[row] = column[row] * weight + 0f;
                value[row] += column[row];
            }
        }
    }

    @Override
    public void fallback(Scope scope) {
        System.arraycopy(scope.read(fields.fused), 0, scope.write(fields.value), 0, scope.size());
        for (Part part : PARTS) {
            Arrays.fill(scope.write(fields.part(part)), 0, scope.size(), 0);
        }
    }

    private boolean isModelled(Scope scope) {
        return scope.has(fields.modelScore)
                && scope.has(fields.userVector)
                && scope.read(fields.userVector).isKnown();
    }

    /** Writes the part of each candidate, without its weight. */
    private void measureModel(Scope scope, boolean ranked, boolean modelled, float[] into) {
        int n = scope.size();
        if (ranked) {
            ValueModel.relativeUtilities(scope.read(fields.utility), n, into);
        } else if (modelled) {
            ValueModel.relativeScores(scope.read(fields.modelScore), n, into);
        } else {
            Arrays.fill(into, 0, n, 0);
        }
    }

    private void measure(Part part, Scope scope, float[] into) {
        int n = scope.size();
        switch (part) {
            case MODEL -> throw new IllegalArgumentException("the model's part is measured by itself");
            case ONLINE -> {
                if (scope.has(fields.online)) {
                    copy(scope, fields.online, n, into);
                } else {
                    Arrays.fill(into, 0, n, 0);
                }
            }
            case AFFINITY -> copy(scope, fields.topicLift, n, into);
            case BOOST -> copy(scope, fields.boost, n, into);
            case CLICK_RATE -> measureClickRate(scope, n, into);
            case CO_VISITATION -> {
                float[] strengths = scope.read(fields.coVisits);
                for (int row = 0; row < n; row++) {
                    into[row] = ValueModel.coVisitation(strengths[row]);
                }
            }
            case POPULARITY -> {
                float[] positives = scope.read(fields.positives);
                for (int row = 0; row < n; row++) {
                    into[row] = ValueModel.popularity(positives[row]);
                }
            }
            case FRESHNESS -> {
                float[] ageDays = scope.read(fields.ageDays);
                for (int row = 0; row < n; row++) {
                    into[row] = ValueModel.freshness(ageDays[row]);
                }
            }
            case COMPLAINTS -> {
                float[] complaints = scope.read(fields.complaints);
                float[] impressions = scope.read(fields.impressions);
                for (int row = 0; row < n; row++) {
                    into[row] = ValueModel.complaintPenalty(complaints[row], impressions[row]);
                }
            }
        }
    }

    private void measureClickRate(Scope scope, int n, float[] into) {
        float[] clicks = scope.read(fields.clicks);
        float[] impressions = scope.read(fields.impressions);
        float mean = ValueModel.meanClickRate(clicks, impressions, n);
        for (int row = 0; row < n; row++) {
            into[row] = ValueModel.clickRateLift(clicks[row], impressions[row], mean);
        }
    }

    private static void copy(Scope scope, Column<float[]> from, int n, float[] into) {
        System.arraycopy(scope.read(from), 0, into, 0, n);
    }
}
