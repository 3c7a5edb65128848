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

    private RankerSection() {}

    static Map<String, Object> run(ModelBenchOptions.Ranking asked, Consumer<String> progress) throws IOException {
        RankerConfig config = RankerConfig.defaults();
        RankingTask whole = RankingTask.read(asked.impressions(), DatasetFormat.KUAIRAND, KuaiRandClicks.SPLIT, config);
        RankingTask task = asked.isRehearsed() ? whole.rehearsal() : whole;
        progress.accept("ranker: " + task.firstTest() + " impressions to learn from, " + task.tested() + " to test");
        RankingEvaluation evaluation = new RankingEvaluation(task, HEADS);
        List<ImpressionScorer> scorers = new ArrayList<>();
        for (long seed : asked.seeds()) {
            scorers.add(new NetworkScorer(config.withSeed(seed), VALIDATION_SHARE));
        }
        ServiceLoader.load(ImpressionScorer.Opener.class).forEach(opener -> scorers.add(opener.open(VALIDATION_SHARE)));
        Map<String, Object> section = new LinkedHashMap<>();
        section.put("learntFrom", task.firstTest());
        section.put("tested", task.tested());
        section.put("rehearsal", asked.isRehearsed());
        section.put("seeds", asked.seeds());
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
            Map<String, Object> figures = figures(result.alone());
            figures.put("followed", figures(result.followed()));
            byHead.put(result.head().name(), figures);
            byHead.put("cpuSeconds", result.cpuSeconds());
        }
        return byHead;
    }

    private static Map<String, Object> figures(RankingEvaluation.Figures of) {
        Map<String, Object> figures = new LinkedHashMap<>();
        figures.put("auc", of.scoring().auc());
        figures.put("gauc", of.scoring().gauc());
        figures.put("logLoss", of.logLoss());
        figures.put("calibrationError", of.calibrationError());
        return figures;
    }
}
