package dev.millrace.peers;

import dev.millrace.evaluation.ranking.ImpressionScorer;
import dev.millrace.evaluation.ranking.RankingTask;
import dev.millrace.model.ActionType;
import dev.millrace.training.ranking.RankingExamples;
import ml.dmlc.xgboost4j.java.Booster;
import ml.dmlc.xgboost4j.java.DMatrix;
import ml.dmlc.xgboost4j.java.XGBoost;
import ml.dmlc.xgboost4j.java.XGBoostError;

import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/**
 * Gradient-boosted trees (XGBoost, Chen and Guestrin 2016), one model per action, with the number of trees chosen on the newest
 * part of what may be learnt from, then learnt anew from all of it: the protocol of the network beside it.
 *
 * <p>Trees cannot read lists. Beside the numbers they get, as numbers: the item's and the user's row, the first attributes of both, smoothed
 * rates, and how often the candidate's attributes occur in the user's history – what the network would find by itself.
 */
public final class BoostedTreeScorer implements ImpressionScorer {
    private static final int ATTRIBUTES = 12;
    private static final int MOST_TREES = 1500;
    private static final int PATIENCE = 50;
    /** Of three settings – depth 5, 7 and 9, with what usually goes with them – the one with the least loss on what is kept back. */
    private static final Map<String, Object> PARAMETERS = Map.ofEntries(
            Map.entry("objective", "binary:logistic"),
            Map.entry("eval_metric", "logloss"),
            Map.entry("eta", 0.05),
            Map.entry("max_depth", 5),
            Map.entry("min_child_weight", 50),
            Map.entry("lambda", 10),
            Map.entry("subsample", 0.8),
            Map.entry("colsample_bytree", 0.5),
            Map.entry("tree_method", "hist"),
            Map.entry("nthread", 1),
            Map.entry("verbosity", 0),
            Map.entry("seed", 1));

    private final double validationShare;

    /** Opens a {@link BoostedTreeScorer}. */
    public static final class Opener implements ImpressionScorer.Opener {
        @Override
        public ImpressionScorer open(double validationShare) {
            return new BoostedTreeScorer(validationShare);
        }
    }

    private BoostedTreeScorer(double validationShare) {
        this.validationShare = validationShare;
    }

    @Override
    public String name() {
        return "boosted trees";
    }

    @Override
    public double[][] probabilities(RankingTask task, List<ActionType> heads) {
        try {
            double[][] probabilities = new double[heads.size()][];
            int learnt = (int) (task.firstTest() * (1 - validationShare));
            for (int head = 0; head < probabilities.length; head++) {
                probabilities[head] = fit(task, learnt, heads.get(head));
            }
            return probabilities;
        } catch (XGBoostError e) {
            throw new IllegalStateException("XGBoost failed: " + e.getMessage(), e);
        }
    }

    private static double[] fit(RankingTask task, int learnt, ActionType head) throws XGBoostError {
        RankingExamples examples = task.examples();
        Map<String, Object> parameters = new HashMap<>(PARAMETERS);
        DMatrix early = matrix(examples, 0, learnt, head);
        DMatrix late = matrix(examples, learnt, task.firstTest(), head);
        Map<String, DMatrix> watched = new HashMap<>();
        watched.put("late", late);
        float[][] metrics = new float[1][MOST_TREES];
        Booster stopped = XGBoost.train(early, parameters, MOST_TREES, watched, metrics, null, null, PATIENCE);
        int best = 0;
        for (int i = 1; i < MOST_TREES && metrics[0][i] > 0; i++) {
            best = metrics[0][i] < metrics[0][best] ? i : best;
        }
        stopped.dispose();
        Booster booster =
                XGBoost.train(matrix(examples, 0, task.firstTest(), head), parameters, best + 1, Map.of(), null, null);
        float[][] predicted = booster.predict(matrix(examples, task.firstTest(), task.end(), head));
        double[] probabilities = new double[predicted.length];
        for (int i = 0; i < probabilities.length; i++) {
            probabilities[i] = predicted[i][0];
        }
        booster.dispose();
        return probabilities;
    }

    private static DMatrix matrix(RankingExamples examples, int from, int to, ActionType head) throws XGBoostError {
        List<float[]> rows = new ArrayList<>();
        float[] labels = new float[to - from];
        for (int row = from; row < to; row++) {
            rows.add(row(examples, row));
            labels[row - from] = examples.has(row, head.code()) ? 1 : 0;
        }
        int width = rows.getFirst().length;
        float[] flat = new float[rows.size() * width];
        for (int i = 0; i < rows.size(); i++) {
            System.arraycopy(rows.get(i), 0, flat, i * width, width);
        }
        DMatrix matrix = new DMatrix(flat, rows.size(), width, Float.NaN);
        matrix.setLabel(labels);
        return matrix;
    }

    private static float[] row(RankingExamples examples, int row) {
        int numbers = examples.width();
        float[] values = new float[numbers + 2 * ATTRIBUTES + 5];
        for (int f = 0; f < numbers; f++) {
            values[f] = examples.number(row, f);
        }
        int at = numbers;
        at = put(examples.itemBag(examples.item(row)), values, at);
        at = put(examples.userBag(examples.user(row)), values, at);
        float impressions = examples.number(row, 0);
        values[at++] = (examples.number(row, 1) + 1) / (impressions + 10);
        values[at++] = (examples.number(row, 2) + 1) / (impressions + 10);
        values[at++] = examples.number(row, 5) / (impressions + 10);
        values[at++] = shared(examples, row, 1);
        values[at] = shared(examples, row, 0);
        return values;
    }

    private static int put(int[] bag, float[] values, int at) {
        for (int i = 0; i < ATTRIBUTES; i++) {
            values[at + i] = i < bag.length ? bag[i] : Float.NaN;
        }
        return at + ATTRIBUTES;
    }

    /** How many table rows, from one of the bag on, the candidate shares with items of the history, per item. */
    private static float shared(RankingExamples examples, int row, int first) {
        int[] candidate = examples.itemBag(examples.item(row));
        int[] history = examples.history(row);
        int shared = 0;
        for (int met : history) {
            for (int mine = first; mine < candidate.length; mine++) {
                for (int other : examples.itemBag(met)) {
                    shared += other == candidate[mine] ? 1 : 0;
                }
            }
        }
        return history.length == 0 ? Float.NaN : (float) shared / history.length;
    }
}
