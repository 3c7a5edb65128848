package dev.millrace.evaluation;

import dev.millrace.evaluation.EvaluationReport.Result;
import dev.millrace.evaluation.dataset.InteractionFile;
import dev.millrace.evaluation.dataset.KuaiRandClicks;
import dev.millrace.evaluation.dataset.MovieLensSequences;
import dev.millrace.evaluation.dataset.TimedSequences;
import dev.millrace.evaluation.rankers.CoVisitationRanker;
import dev.millrace.evaluation.rankers.ModelRanker;
import dev.millrace.evaluation.rankers.PopularityRanker;
import dev.millrace.evaluation.rankers.Ranker;
import dev.millrace.evaluation.rankers.RidgeRanker;
import dev.millrace.evaluation.rankers.RidgeSourceRanker;
import dev.millrace.models.Bundle;
import dev.millrace.samples.SequenceDataset;
import dev.millrace.training.CpuClock;
import dev.millrace.training.ranking.ScoringMetrics;

import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.function.Function;
import java.util.function.Supplier;

/** Measures models on a dataset under its protocols: what {@code millrace evaluate} runs. Single-threaded. */
public final class Evaluation {
    private final EvaluationRequest request;
    private final Protocol protocol;
    private final List<Result> results = new ArrayList<>();

    private Evaluation(EvaluationRequest request, Protocol protocol) {
        this.request = request;
        this.protocol = protocol;
    }

    /** Under each protocol: fits the baselines, trains or loads the model, and ranks every test case with each of them. */
    public static List<EvaluationReport> run(EvaluationRequest request) throws IOException {
        Path data = request.data();
        List<EvaluationReport> reports = new ArrayList<>();
        if (KuaiRandClicks.isIn(data)) {
            KuaiRandClicks clicks = KuaiRandClicks.read(data, KuaiRandClicks.SPLIT);
            for (Protocol protocol : protocols(request, Protocol.TIME_SPLIT)) {
                Evaluation evaluation = new Evaluation(request, protocol);
                reports.add(
                        protocol == Protocol.TIME_SPLIT
                                ? evaluation.impressions(clicks)
                                : evaluation.sequences(clicks.before()));
            }
            return reports;
        }
        TimedSequences sequences =
                MovieLensSequences.isIn(data) ? MovieLensSequences.readTimed(data) : InteractionFile.read(data);
        for (Protocol protocol : protocols(request, Protocol.LEAVE_ONE_OUT)) {
            Evaluation evaluation = new Evaluation(request, protocol);
            reports.add(
                    protocol == Protocol.TIME_SPLIT
                            ? evaluation.laterActions(sequences)
                            : evaluation.sequences(sequences.dataset()));
        }
        return reports;
    }

    /** What a ranker reached. */
    private record Measured(RankingMetrics ranking, SetMetrics sets, ScoringMetrics scoring) {
        static Measured of(RankingMetrics ranking) {
            return new Measured(ranking, SetMetrics.NONE, ScoringMetrics.NONE);
        }

        static Measured of(SetMetrics sets) {
            return new Measured(RankingMetrics.NONE, sets, ScoringMetrics.NONE);
        }
    }

    private static List<Protocol> protocols(EvaluationRequest request, Protocol usual) {
        return request.protocols().isEmpty() ? List.of(usual) : request.protocols();
    }

    private EvaluationReport sequences(SequenceDataset dataset) throws IOException {
        return switch (protocol) {
            case LEAVE_ONE_OUT -> leaveOneOut(dataset);
            case RANDOM_SPLIT ->
                heldOut(
                        HeldOutItems.randomSplit(dataset, request.training().seed()),
                        HeldOutItems.RANDOM_SPLIT,
                        dataset);
            case STRONG_GENERALISATION ->
                heldOut(
                        HeldOutItems.strongGeneralisation(
                                dataset, request.training().seed()),
                        HeldOutItems.STRONG_GENERALISATION,
                        dataset);
            case TIME_SPLIT -> throw new IllegalArgumentException("a time split needs times");
        };
    }

    private EvaluationReport leaveOneOut(SequenceDataset dataset) throws IOException {
        LeaveOneOut split = new LeaveOneOut(dataset);
        Function<Ranker, Measured> measure = ranker -> Measured.of(split.measure(ranker));
        measureCounts(split.forTraining(), measure);
        measureRidge(split.forFitting(), dataset, measure);
        measureModel(split.forTraining(), dataset, measure);
        return new EvaluationReport(LeaveOneOut.PROTOCOL, describe(dataset), results);
    }

    private EvaluationReport heldOut(HeldOutItems split, String description, SequenceDataset dataset)
            throws IOException {
        measureAll(split.forTraining(), ranker -> Measured.of(split.measure(ranker)));
        return new EvaluationReport(description, describe(dataset), results);
    }

    private EvaluationReport laterActions(TimedSequences data) throws IOException {
        LaterActions split = new LaterActions(data);
        measureAll(split.forTraining(), ranker -> Measured.of(split.measure(ranker)));
        return new EvaluationReport(LaterActions.PROTOCOL, describe(data.dataset()), results);
    }

    private EvaluationReport impressions(KuaiRandClicks data) throws IOException {
        TimeSplit split = new TimeSplit(data);
        measureAll(data.before(), ranker -> {
            TimeSplit.Measured measured = split.measure(ranker);
            return new Measured(measured.ranking(), SetMetrics.NONE, measured.scoring());
        });
        return new EvaluationReport(TimeSplit.PROTOCOL, describe(data.before()), results);
    }

    private void measureAll(SequenceDataset training, Function<Ranker, Measured> measure) throws IOException {
        measureCounts(training, measure);
        measureRidge(training.sequences(), training, measure);
        measureModel(training, training, measure);
    }

    private void measureCounts(SequenceDataset training, Function<Ranker, Measured> measure) {
        int[][] sequences = training.sequences();
        if (request.models().contains(ModelChoice.POPULARITY)) {
            measure(() -> new PopularityRanker(sequences, training.itemCount()), measure);
        }
        if (request.models().contains(ModelChoice.ITEM_TO_ITEM)) {
            measure(() -> new CoVisitationRanker(sequences, training.itemCount()), measure);
        }
    }

    /** @param dataset names the items of the sequences */
    private void measureRidge(int[][] sequences, SequenceDataset dataset, Function<Ranker, Measured> measure) {
        if (dataset.itemCount() > request.training().ridge().itemLimit()) {
            return;
        }
        if (request.models().contains(ModelChoice.SEQUENTIAL_RIDGE)) {
            measure(() -> new RidgeRanker(sequences, dataset.itemCount()), measure);
        }
        if (request.models().contains(ModelChoice.RIDGE_SOURCE)) {
            measure(() -> new RidgeSourceRanker(sequences, dataset.vocabulary()), measure);
        }
    }

    private void measure(Supplier<Ranker> fit, Function<Ranker, Measured> measure) {
        CpuClock clock = new CpuClock(0);
        Ranker ranker = fit.get();
        add(ranker.name(), measure.apply(ranker), clock);
    }

    private void measureModel(SequenceDataset training, SequenceDataset dataset, Function<Ranker, Measured> measure)
            throws IOException {
        if (!request.models().contains(ModelChoice.MODEL)) {
            return;
        }
        CpuClock clock = new CpuClock(0);
        Path given = request.bundle();
        Bundle bundle = given == null
                ? TrainedBundle.of(training, request, request.work().resolve(protocol.toString()))
                : Bundle.open(given);
        try (ModelRanker ranker = new ModelRanker(bundle, dataset.vocabulary())) {
            add(ranker.name(), measure.apply(ranker), clock);
        }
    }

    private void add(String name, Measured measured, CpuClock clock) {
        results.add(new Result(name, measured.ranking(), measured.sets(), measured.scoring(), clock.seconds()));
    }

    private String describe(SequenceDataset dataset) {
        return request.data().getFileName() + ": " + dataset.userCount() + " users, " + dataset.itemCount() + " items, "
                + dataset.actionCount() + " actions";
    }
}
