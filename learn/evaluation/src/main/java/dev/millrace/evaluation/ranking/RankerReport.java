package dev.millrace.evaluation.ranking;

import dev.millrace.evaluation.dataset.KuaiRandClicks;
import dev.millrace.evaluation.ranking.RankingEvaluation.Result;
import dev.millrace.model.ActionType;
import dev.millrace.model.InvalidValueException;
import dev.millrace.training.ranking.RankerConfig;
import dev.millrace.wire.imports.DatasetFormat;

import java.io.IOException;
import java.nio.file.Path;
import java.util.List;
import java.util.Locale;
import java.util.stream.Collectors;

/** What {@code millrace evaluate --role ranker} prints: a ranker, learnt before a moment and measured after it. Stateless. */
public final class RankerReport {
    /** The newest part of what may be learnt from, which says when to stop: about the last day of KuaiRand. */
    static final double VALIDATION_SHARE = 0.15;

    private RankerReport() {}

    /** @param data a folder with impressions: KuaiRand's layout */
    public static String of(Path data, RankerConfig config, boolean json) throws IOException {
        if (!KuaiRandClicks.isIn(data)) {
            throw new InvalidValueException(
                    "data",
                    "'" + data + "' holds no impressions; a ranker is measured on a folder in KuaiRand's layout");
        }
        RankingTask task = RankingTask.read(data, DatasetFormat.KUAIRAND, KuaiRandClicks.SPLIT, config);
        List<ActionType> heads = config.heads();
        List<Result> results = new RankingEvaluation(task, heads).measure(new NetworkScorer(config, VALIDATION_SHARE));
        String dataset = data.getFileName().toString().replace('"', '\'') + ": " + task.firstTest()
                + " impressions to learn from, " + task.tested() + " to test";
        return json ? json(dataset, results) : text(dataset, results);
    }

    private static String text(String dataset, List<Result> results) {
        String lines = results.stream()
                .map(result -> String.format(
                        Locale.ROOT,
                        "%-12s %8.4f %8.4f %9.5f %7.4f %9.4f",
                        result.head().name().toLowerCase(Locale.ROOT),
                        result.alone().scoring().auc(),
                        result.alone().scoring().gauc(),
                        result.alone().logLoss(),
                        result.alone().calibrationError(),
                        result.followed().calibrationError()))
                .collect(Collectors.joining("\n"));
        return dataset + "\n"
                + String.format("%-12s %8s %8s %9s %7s %9s", "head", "AUC", "GAUC", "log loss", "ECE", "followed")
                + "\n" + lines
                + String.format(Locale.ROOT, "%n%.0f CPU s", results.getFirst().cpuSeconds());
    }

    private static String json(String dataset, List<Result> results) {
        String heads = results.stream()
                .map(result -> String.format(
                        Locale.ROOT,
                        "\"%s\":{\"auc\":%s,\"gauc\":%s,\"logLoss\":%s,\"calibrationError\":%s,\"calibrationErrorFollowed\":%s}",
                        result.head().name().toLowerCase(Locale.ROOT),
                        number(result.alone().scoring().auc()),
                        number(result.alone().scoring().gauc()),
                        number(result.alone().logLoss()),
                        number(result.alone().calibrationError()),
                        number(result.followed().calibrationError())))
                .collect(Collectors.joining(","));
        return "{\"protocol\":\"time-split\",\"dataset\":\"" + dataset + "\",\"heads\":{" + heads + "},\"cpuSeconds\":"
                + number(results.getFirst().cpuSeconds()) + "}";
    }

    /** A head without both outcomes has no figure. */
    private static String number(double value) {
        return Double.isFinite(value) ? Double.toString(value) : "null";
    }
}
