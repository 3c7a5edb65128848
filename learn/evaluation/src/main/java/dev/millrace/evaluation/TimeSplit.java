package dev.millrace.evaluation;

import dev.millrace.evaluation.dataset.KuaiRandClicks;
import dev.millrace.evaluation.dataset.KuaiRandClicks.Impression;
import dev.millrace.evaluation.rankers.Ranker;
import dev.millrace.training.TargetRank;
import dev.millrace.training.ranking.ScoringMeter;
import dev.millrace.training.ranking.ScoringMetrics;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;

/**
 * The protocol for impressions: models are fitted on what happened before a moment; then time runs on, and each
 * impression is scored with all that its user clicked until then. Immutable by convention.
 */
public final class TimeSplit {
    public static final String PROTOCOL =
            "time split: fitted on watches and clicks before 2022-05-01 00:00 +08:00; from then on, in the order of"
                    + " time, each click on a video new to the user is ranked against the full catalogue without the"
                    + " videos the user clicked before (HR, NDCG), and each impression is scored (AUC, GAUC over"
                    + " is_click); histories include the clicks made since, models are not refitted";

    private final KuaiRandClicks data;

    public TimeSplit(KuaiRandClicks data) {
        this.data = data;
    }

    /** What a ranker reached. */
    public record Measured(RankingMetrics ranking, ScoringMetrics scoring) {}

    public Measured measure(Ranker ranker) {
        RankingMeter ranking = new RankingMeter();
        ScoringMeter scoring = new ScoringMeter();
        List<List<Impression>> byUser = byUser();
        float[] scores = new float[data.before().itemCount()];
        for (int user = 0; user < byUser.size(); user++) {
            measure(ranker, user, byUser.get(user), scores, ranking, scoring);
        }
        return new Measured(ranking.metrics(), scoring.metrics());
    }

    private void measure(
            Ranker ranker,
            int user,
            List<Impression> impressions,
            float[] scores,
            RankingMeter ranking,
            ScoringMeter scoring) {
        int[] history = Arrays.copyOf(
                data.before().sequences()[user], data.before().sequences()[user].length + impressions.size());
        int count = data.before().sequences()[user].length;
        boolean stale = true;
        for (Impression impression : impressions) {
            if (stale) {
                ranker.score(history, count, scores);
            }
            scoring.add(user, scores[impression.item()], impression.clicked());
            stale = impression.clicked();
            if (impression.clicked()) {
                if (isNew(history, count, impression.item())) {
                    // Ranking overwrites the scores of seen items, and they are computed anew after a click.
                    ranking.add(TargetRank.of(scores, 0, scores.length, history, count, impression.item()));
                }
                history[count++] = impression.item();
            }
        }
    }

    private List<List<Impression>> byUser() {
        List<List<Impression>> byUser = new ArrayList<>();
        for (int user = 0; user < data.before().userCount(); user++) {
            byUser.add(new ArrayList<>());
        }
        for (Impression impression : data.after()) {
            byUser.get(impression.user()).add(impression);
        }
        return byUser;
    }

    private static boolean isNew(int[] history, int count, int item) {
        for (int i = 0; i < count; i++) {
            if (history[i] == item) {
                return false;
            }
        }
        return true;
    }
}
