package dev.millrace.recommend.stages;

import dev.millrace.pipeline.Scope;
import dev.millrace.pipeline.Stage;
import dev.millrace.pipeline.StageSpec;
import dev.millrace.recommend.live.LiveModel;

import java.util.Arrays;

/**
 * Scores all candidates in one pass of the model's scorer, which is handed copies of their vectors, or gathers them from the table's
 * memory where {@code inference.gather} says so.
 */
public final class ScoreByModel implements Stage {
    private final Fields fields;
    private final StageSpec spec;

    public ScoreByModel(Fields fields) {
        this.fields = fields;
        spec = StageSpec.of("score-by-model")
                .reading(fields.model, fields.item)
                .mayReading(fields.userVector)
                .writing(fields.modelScore, fields.scratch)
                .onFailure(StageSpec.FailurePolicy.SKIP)
                .share(20);
    }

    @Override
    public StageSpec spec() {
        return spec;
    }

    @Override
    public void run(Scope scope) {
        float[] scores = scope.write(fields.modelScore);
        int n = scope.size();
        if (n > 0
                && scope.has(fields.userVector)
                && scope.read(fields.userVector).isKnown()) {
            score(scope, scores, n);
        } else {
            Arrays.fill(scores, 0, n, 0);
        }
    }

    private void score(Scope scope, float[] scores, int n) {
        LiveModel model = scope.read(fields.model);
        Scratch scratch = scope.write(fields.scratch);
        int[] items = scope.read(fields.item);
        for (int row = 0; row < n; row++) {
            scratch.keys[row] = items[row];
        }
        model.scorer()
                .score(
                        scope.read(fields.userVector).values(),
                        scratch.keys,
                        n,
                        scratch.found,
                        scores,
                        scope.deadline());
        scoreUnknownItems(scores, scratch.found, n);
    }

    /** An item that came a moment ago has no vector yet: it counts as an average candidate. */
    private static void scoreUnknownItems(float[] scores, boolean[] found, int n) {
        float sum = 0;
        int known = 0;
        for (int row = 0; row < n; row++) {
            sum += found[row] ? scores[row] : 0;
            known += found[row] ? 1 : 0;
        }
        for (int row = 0; row < n; row++) {
            if (!found[row]) {
                scores[row] = known == 0 ? 0 : sum / known;
            }
        }
    }
}
