package dev.millrace.evaluation;

import dev.millrace.evaluation.EvaluationReport.Result;
import dev.millrace.evaluation.dataset.KuaiRandClicks;
import dev.millrace.evaluation.dataset.MovieLensSequences;
import dev.millrace.evaluation.rankers.CoVisitationRanker;
import dev.millrace.evaluation.rankers.ModelRanker;
import dev.millrace.evaluation.rankers.PopularityRanker;
import dev.millrace.evaluation.rankers.Ranker;
import dev.millrace.evaluation.rankers.RidgeRanker;
import dev.millrace.model.ErrorCode;
import dev.millrace.model.MillraceException;
import dev.millrace.models.Bundle;
import dev.millrace.samples.SequenceDataset;
import dev.millrace.training.CpuClock;

import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.function.Function;
import java.util.function.Supplier;

/** Measures models on a dataset under its protocol: what {@code millrace evaluate} runs. Single-threaded. */
public final class Evaluation {
    private final EvaluationRequest request;
    private final List<Result> results = new ArrayList<>();

    private Evaluation(EvaluationRequest request) {
        this.request = request;
    }

    /** Fits the baselines, trains or loads the model, and ranks every test case with each of them. */
    public static EvaluationReport run(EvaluationRequest request) throws IOException {
        Evaluation evaluation = new Evaluation(request);
        Path data = request.data();
        if (MovieLensSequences.isIn(data)) {
            return evaluation.leaveOneOut(MovieLensSequences.read(data));
        }
        if (KuaiRandClicks.isIn(data)) {
            return evaluation.timeSplit(KuaiRandClicks.read(data, KuaiRandClicks.SPLIT));
        }
        throw new MillraceException(
                ErrorCode.NOT_FOUND,
                "'" + data + "' holds no dataset that can be evaluated; expected sequences_sas_ids.txt(.gz) of"
                        + " MovieLens-1M, or events_20220425_20220508.csv(.gz) and"
                        + " user_history_to_20220424.tsv(.gz) of KuaiRand-Pure");
    }

    /** Measures popularity, item-to-item, ridge and model on any sequences; {@code request.data()} only names them. */
    public static EvaluationReport leaveOneOut(SequenceDataset dataset, EvaluationRequest request) throws IOException {
        return new Evaluation(request).leaveOneOut(dataset);
    }

    private EvaluationReport leaveOneOut(SequenceDataset dataset) throws IOException {
        LeaveOneOut protocol = new LeaveOneOut(dataset);
        Function<Ranker, TimeSplit.Measured> measure =
                ranker -> new TimeSplit.Measured(protocol.measure(ranker), EvaluationReport.ScoringMetrics.NONE);
        measureCounts(protocol.forTraining().sequences(), dataset.itemCount(), measure);
        measureRidge(protocol.forFitting(), dataset.itemCount(), measure);
        measureModel(protocol.forTraining(), dataset, measure);
        return new EvaluationReport(LeaveOneOut.PROTOCOL, describe(dataset), results);
    }

    private EvaluationReport timeSplit(KuaiRandClicks data) throws IOException {
        TimeSplit protocol = new TimeSplit(data);
        measureCounts(data.before().sequences(), data.before().itemCount(), protocol::measure);
        measureRidge(data.before().sequences(), data.before().itemCount(), protocol::measure);
        measureModel(data.before(), data.before(), protocol::measure);
        return new EvaluationReport(TimeSplit.PROTOCOL, describe(data.before()), results);
    }

    private void measureCounts(int[][] sequences, int itemCount, Function<Ranker, TimeSplit.Measured> measure) {
        measure(() -> new PopularityRanker(sequences, itemCount), measure);
        measure(() -> new CoVisitationRanker(sequences, itemCount), measure);
    }

    private void measureRidge(int[][] sequences, int itemCount, Function<Ranker, TimeSplit.Measured> measure) {
        if (itemCount <= request.training().ridgeItemLimit()) {
            measure(() -> new RidgeRanker(sequences, itemCount), measure);
        }
    }

    private void measure(Supplier<Ranker> fit, Function<Ranker, TimeSplit.Measured> measure) {
        CpuClock clock = new CpuClock(0);
        Ranker ranker = fit.get();
        add(ranker.name(), measure.apply(ranker), clock);
    }

    private void measureModel(
            SequenceDataset training, SequenceDataset dataset, Function<Ranker, TimeSplit.Measured> measure)
            throws IOException {
        CpuClock clock = new CpuClock(0);
        Path given = request.bundle();
        Bundle bundle = given == null ? TrainedBundle.of(training, request) : Bundle.open(given);
        try (ModelRanker ranker = new ModelRanker(bundle, dataset.vocabulary())) {
            add(ranker.name(), measure.apply(ranker), clock);
        }
    }

    private void add(String name, TimeSplit.Measured measured, CpuClock clock) {
        results.add(new Result(name, measured.ranking(), measured.scoring(), clock.seconds()));
    }

    private String describe(SequenceDataset dataset) {
        return request.data().getFileName() + ": " + dataset.userCount() + " users, " + dataset.itemCount() + " items, "
                + dataset.actionCount() + " actions";
    }
}
