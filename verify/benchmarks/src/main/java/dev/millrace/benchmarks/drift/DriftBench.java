package dev.millrace.benchmarks.drift;

import dev.millrace.audience.Arm;
import dev.millrace.runtime.Configuration;

import java.nio.file.Path;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.function.Consumer;

/**
 * Plants a drift of the audience in a simulated world, and measures how much of the lost click rate comes back, and when:
 * by features that react by themselves, with a batch model, and with that model and online learning. The three have the
 * same world, people and trained model; what is left to chance is the exploration. Stateless.
 */
public final class DriftBench {
    private static final Instant BEGIN = Instant.parse("2026-03-01T10:00:00Z");
    /** What the rate before the change is taken over, or since the training where that is shorter. */
    private static final int BEFORE_SECONDS = 90;

    private static final int RECOVERY_SECONDS = 30;

    private DriftBench() {}

    /** A way to serve. */
    private enum Way {
        FEATURES("features alone", false, false),
        BATCH("batch model", true, false),
        ONLINE("batch model and online learning", true, true);

        private final String label;
        private final boolean usesModel;
        private final boolean learnsOnline;

        Way(String label, boolean usesModel, boolean learnsOnline) {
            this.label = label;
            this.usesModel = usesModel;
            this.learnsOnline = learnsOnline;
        }
    }

    private record Measured(Way way, DriftReport.Run run) {}

    /** @param settings of recommendations, by key; what is not given has its default */
    public static DriftReport run(DriftOptions options, Map<String, String> settings, Consumer<String> progress)
            throws Exception {
        WeightsBench.requireReadable(settings);
        try {
            return compare(options, settings, progress);
        } finally {
            SimulatedTraining.delete(options.work());
        }
    }

    private static DriftReport compare(DriftOptions options, Map<String, String> settings, Consumer<String> progress)
            throws Exception {
        List<Measured> measured = new ArrayList<>();
        for (long seed = 1; seed <= options.seeds(); seed++) {
            SimulatedTraining training = new SimulatedTraining(seed, options.cpuBudget(), options.work());
            for (Way way : Way.values()) {
                DriftReport.Run run = run(options, settings, way, training);
                measured.add(new Measured(way, run));
                progress.accept("seed " + seed + ", " + way.label + ": " + run.online() + " " + run.rates());
            }
        }
        List<DriftReport.Arm> arms = new ArrayList<>();
        for (Way way : Way.values()) {
            arms.add(arm(
                    options,
                    way.label,
                    measured.stream()
                            .filter(one -> one.way == way)
                            .map(Measured::run)
                            .toList()));
        }
        return new DriftReport(
                options + " " + settings,
                arms,
                measured.stream().map(Measured::run).toList());
    }

    private static DriftReport.Run run(
            DriftOptions options, Map<String, String> settings, Way way, SimulatedTraining training) throws Exception {
        long seed = training.seed();
        Path folder = options.work().resolve("run");
        SimulatedTraining.delete(folder);
        Configuration configuration = Configuration.of(settings);
        SteppedClock clock = new SteppedClock(BEGIN.toEpochMilli());
        try (SimulatedServer server = new SimulatedServer(folder, clock, way.learnsOnline, configuration)) {
            DriftRun run = new DriftRun(options, seed, server, clock, way.usesModel);
            run.run(() -> training.publishModel(server));
            return new DriftReport.Run(
                    way.label,
                    seed,
                    run.rates(Arm.MODEL),
                    run.rates(Arm.ORACLE),
                    run.impressions(Arm.MODEL),
                    String.valueOf(server.online()));
        }
    }

    private static DriftReport.Arm arm(DriftOptions options, String name, List<DriftReport.Run> runs) {
        Span span = new Span(runs);
        int at = (int) options.at().toSeconds();
        int end = (int) options.length().toSeconds();
        int from = (int) Math.max(options.train().toSeconds(), at - BEFORE_SECONDS);
        double before = span.rate(from, at);
        double low = span.rate(at, at + DriftReport.BUCKET_SECONDS);
        double beforeOfOracle = before / span.oracle(from, at);
        double lowOfOracle = low / span.oracle(at, end);
        List<Double> recovered = new ArrayList<>();
        List<Double> ofOracle = new ArrayList<>();
        for (int second = at; second + RECOVERY_SECONDS <= end; second += RECOVERY_SECONDS) {
            double rate = span.rate(second, second + RECOVERY_SECONDS);
            recovered.add(rounded((rate - low) / (before - low)));
            ofOracle.add(rounded((rate / span.oracle(at, end) - lowOfOracle) / (beforeOfOracle - lowOfOracle)));
        }
        boolean lost = options.drift() != null;
        return new DriftReport.Arm(
                name,
                rounded(before),
                rounded(low),
                lost ? recovered : null,
                lost ? ofOracle : null,
                rounded(span.rate((int) options.train().toSeconds(), end)));
    }

    /** Rates over the runs of all seeds together. */
    private record Span(List<DriftReport.Run> runs) {
        double rate(int fromSecond, int toSecond) {
            return mean(fromSecond, toSecond, DriftReport.Run::rates);
        }

        double oracle(int fromSecond, int toSecond) {
            return mean(fromSecond, toSecond, DriftReport.Run::oracle);
        }

        private double mean(
                int fromSecond, int toSecond, java.util.function.Function<DriftReport.Run, List<Double>> series) {
            double clicks = 0;
            double impressions = 0;
            for (DriftReport.Run run : runs) {
                int to = Math.min(run.rates().size(), toSecond / DriftReport.BUCKET_SECONDS);
                for (int bucket = fromSecond / DriftReport.BUCKET_SECONDS; bucket < to; bucket++) {
                    clicks += series.apply(run).get(bucket) * run.impressions().get(bucket);
                    impressions += run.impressions().get(bucket);
                }
            }
            return impressions == 0 ? 0 : clicks / impressions;
        }
    }

    private static double rounded(double value) {
        return Math.round(value * 1e4) / 1e4;
    }
}
