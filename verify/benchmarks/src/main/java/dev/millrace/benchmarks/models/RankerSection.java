package dev.millrace.benchmarks.models;

import dev.millrace.evaluation.dataset.KuaiRandClicks;
import dev.millrace.evaluation.ranking.ImpressionScorer;
import dev.millrace.evaluation.ranking.NetworkScorer;
import dev.millrace.evaluation.ranking.RankingEvaluation;
import dev.millrace.evaluation.ranking.RankingTask;
import dev.millrace.model.ActionType;
import dev.millrace.training.ranking.RankerConfig;
import dev.millrace.wire.imports.DatasetFormat;

import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.ServiceLoader;
import java.util.function.Consumer;

/**
 * The section {@code ranker}: the ranker on KuaiRand, learnt before 1 May 2022 by a few seeds and tested after it, beside whatever
 * other scorers are on the class path.
 */
final class RankerSection {
    static final String NAME = "ranker";

    private static final List<ActionType> HEADS = List.of(ActionType.CLICK, ActionType.LONG_VIEW);
    /** The newest part of what may be learnt from, which says when to stop: about the last day. */
    private static final double VALIDATION_SHARE = 0.15;

    /** One network's AUC differs from the next one's by as much as what is compared. */
    private static final int SEEDS = 3;

    private RankerSection() {}

    static Map<String, Object> run(Path data, Consumer<String> progress) throws IOException {
        RankerConfig config = RankerConfig.defaults();
        RankingTask task = RankingTask.read(data, DatasetFormat.KUAIRAND, KuaiRandClicks.SPLIT, config);
        progress.accept("ranker: " + task.firstTest() + " impressions to learn from, "
                + (task.examples().count() - task.firstTest()) + " to test");
        RankingEvaluation evaluation = new RankingEvaluation(task, HEADS);
        List<ImpressionScorer> scorers = new ArrayList<>();
        for (long seed = 1; seed <= SEEDS; seed++) {
            scorers.add(new NetworkScorer(config.withSeed(seed), VALIDATION_SHARE));
        }
        ServiceLoader.load(ImpressionScorer.Opener.class).forEach(opener -> scorers.add(opener.open(VALIDATION_SHARE)));
        Map<String, Object> section = new LinkedHashMap<>();
        section.put("learntFrom", task.firstTest());
        section.put("tested", task.examples().count() - task.firstTest());
        section.put("features", task.examples().names());
        Map<String, List<List<RankingEvaluation.Result>>> runs = new LinkedHashMap<>();
        for (ImpressionScorer scorer : scorers) {
            List<RankingEvaluation.Result> reached = evaluation.measure(scorer);
            reached.forEach(result -> progress.accept("ranker: " + result));
            runs.computeIfAbsent(scorer.name(), _ -> new ArrayList<>()).add(reached);
        }
        runs.forEach((name, reached) ->
                section.put(name, reached.stream().map(RankerSection::byHead).toList()));
        return section;
    }

    private static Map<String, Object> byHead(List<RankingEvaluation.Result> results) {
        Map<String, Object> byHead = new LinkedHashMap<>();
        for (RankingEvaluation.Result result : results) {
            Map<String, Object> figures = new LinkedHashMap<>();
            figures.put("auc", result.scoring().auc());
            figures.put("gauc", result.scoring().gauc());
            figures.put("logLoss", result.logLoss());
            figures.put("calibrationError", result.calibrationError());
            byHead.put(result.head().name(), figures);
            byHead.put("cpuSeconds", result.cpuSeconds());
        }
        return byHead;
    }
}
