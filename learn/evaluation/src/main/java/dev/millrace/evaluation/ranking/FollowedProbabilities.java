package dev.millrace.evaluation.ranking;

import dev.millrace.model.ActionType;
import dev.millrace.model.UserId;
import dev.millrace.models.delta.LogOdds;
import dev.millrace.samples.ImpressionOptions;
import dev.millrace.training.online.OnlineConfig;
import dev.millrace.training.online.RankerCalibration;
import dev.millrace.training.ranking.RankingExamples;

/**
 * What the learner's calibration would have told in a task's test, had it seen each impression (single-threaded).
 *
 * <p>Impression by impression: first it is foretold, then learnt from, and that only once the time is over within which an action counts
 * as its outcome. Nothing is learnt from the users whom the learner holds out; what it publishes is told at once. The bounds on what a learner follows
 * (slates a second, of a user, and in memory), its warm-up, and how it joins slates with reports are not part of it.
 */
final class FollowedProbabilities {
    private static final long WINDOW_MILLIS =
            ImpressionOptions.defaults().window().toMillis();

    private final RankingTask task;
    private final ActionType head;
    private final double[] untouched;
    private final double[] told;
    private final double[] offsets;
    private final RankerCalibration calibration =
            new RankerCalibration(OnlineConfig.defaults().freeze());

    private FollowedProbabilities(RankingTask task, ActionType head, double[] untouched) {
        this.task = task;
        this.head = head;
        this.untouched = untouched;
        told = new double[untouched.length];
        offsets = new double[untouched.length];
    }

    /** @param untouched what the ranker alone says of each impression of the test, in their order */
    static double[] of(RankingTask task, ActionType head, double[] untouched) {
        FollowedProbabilities followed = new FollowedProbabilities(task, head, untouched);
        followed.follow();
        return followed.told;
    }

    private void follow() {
        int closed = 0;
        for (int i = 0; i < untouched.length; i++) {
            long now = millis(i);
            while (millis(closed) + WINDOW_MILLIS < now) {
                observe(closed++, now);
            }
            offsets[i] = calibration.offset(head.name());
            told[i] = LogOdds.shifted(untouched[i], offsets[i]);
        }
    }

    private void observe(int i, long now) {
        RankingExamples examples = task.examples();
        int row = task.firstTest() + i;
        RankerCalibration.Outcome outcome = new RankerCalibration.Outcome(
                head.name(), told[i], offsets[i], examples.has(row, head.code()), millis(i));
        UserId user = new UserId(Integer.toString(examples.user(row)));
        calibration.observe(outcome, RankerCalibration.isHeldOut(user), now);
    }

    private long millis(int i) {
        return task.examples().millis(task.firstTest() + i);
    }
}
