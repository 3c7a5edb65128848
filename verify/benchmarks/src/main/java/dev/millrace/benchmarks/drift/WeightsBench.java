package dev.millrace.benchmarks.drift;

import dev.millrace.audience.Arm;
import dev.millrace.recommend.RecommendConfig;
import dev.millrace.recommend.select.ActionWorth;
import dev.millrace.runtime.Configuration;

import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.function.Consumer;

/**
 * Compares ways to weigh the word of a ranker, or of a model alone, in simulated worlds. All ways have the same world, people, model and ranker of a seed, which are
 * trained once on what the features alone served; what is left to chance is the exploration. Beside them stand the features alone
 * and the model alone. Stateless.
 */
public final class WeightsBench {
    private static final Instant BEGIN = Instant.parse("2026-03-01T10:00:00Z");

    private WeightsBench() {}

    /** What answers from the training on. */
    private enum Learned {
        NOTHING,
        MODEL,
        MODEL_AND_RANKER
    }

    private record Entry(WeightsOptions.Way way, Learned learned, List<Reached> reached) {
        Entry(String name, Learned learned) {
            this(new WeightsOptions.Way(name, Map.of()), learned, new ArrayList<>());
        }
    }

    /** In one world, from the training to the end. */
    private record Reached(double clickRate, double oracle, long impressions) {}

    public static WeightsReport run(WeightsOptions options, Consumer<String> progress) throws Exception {
        options.ways().forEach(way -> requireReadable(way.settings()));
        try {
            return compare(options, progress);
        } finally {
            SimulatedTraining.delete(options.work());
        }
    }

    /** What a simulated server would refuse is told of before others have taken minutes. */
    static void requireReadable(Map<String, String> settings) {
        Configuration configuration = Configuration.of(settings);
        RecommendConfig _ = RecommendConfig.from(configuration);
        ActionWorth _ = ActionWorth.from(configuration, "recommend.worth");
        configuration.rejectUnknown();
    }

    private static WeightsReport compare(WeightsOptions options, Consumer<String> progress) throws Exception {
        List<Entry> entries = new ArrayList<>(List.of(
                new Entry("features alone", Learned.NOTHING),
                new Entry("model", Learned.MODEL),
                new Entry("ranker", Learned.MODEL_AND_RANKER)));
        for (WeightsOptions.Way way : options.ways()) {
            Learned learned = way.isWithRanker() ? Learned.MODEL_AND_RANKER : Learned.MODEL;
            entries.add(new Entry(way, learned, new ArrayList<>()));
        }
        for (long seed = options.firstSeed(); seed < options.firstSeed() + options.seeds(); seed++) {
            SimulatedTraining training = new SimulatedTraining(seed, options.cpuBudget(), options.work());
            for (Entry entry : entries) {
                Reached reached = reached(options, entry, seed, training);
                entry.reached.add(reached);
                progress.accept("seed " + seed + ", " + entry.way.name() + ": " + reached);
            }
        }
        return new WeightsReport(
                options.toString(), entries.stream().map(WeightsBench::line).toList());
    }

    private static Reached reached(WeightsOptions options, Entry entry, long seed, SimulatedTraining training)
            throws Exception {
        Path folder = options.work().resolve("run");
        SimulatedTraining.delete(folder);
        SteppedClock clock = new SteppedClock(BEGIN.toEpochMilli());
        Configuration configuration = Configuration.of(entry.way.settings());
        DriftOptions simulated = new DriftOptions(
                1,
                options.requestsPerSecond(),
                options.train(),
                options.train().plus(Duration.ofSeconds(1)),
                options.length(),
                null,
                options.cpuBudget(),
                options.work());
        try (SimulatedServer server = new SimulatedServer(folder, clock, false, configuration)) {
            DriftRun run = new DriftRun(simulated, seed, server, clock, entry.learned != Learned.NOTHING);
            run.run(() -> publish(entry.learned, training, server));
            int from = (int) options.train().toSeconds() / DriftReport.BUCKET_SECONDS + 1;
            int to = (int) options.length().toSeconds() / DriftReport.BUCKET_SECONDS;
            long impressions = run.impressions(Arm.MODEL).subList(from, to).stream()
                    .mapToLong(Long::longValue)
                    .sum();
            return new Reached(run.rate(Arm.MODEL, from, to), run.rate(Arm.ORACLE, from, to), impressions);
        }
    }

    private static void publish(Learned learned, SimulatedTraining training, SimulatedServer server) throws Exception {
        training.publishModel(server);
        if (learned == Learned.MODEL_AND_RANKER) {
            training.publishRanker(server);
        }
    }

    private static WeightsReport.Line line(Entry entry) {
        double rates = 0;
        double ofOracle = 0;
        double variance = 0;
        int worlds = entry.reached.size();
        for (Reached one : entry.reached) {
            rates += one.clickRate / worlds;
            ofOracle += one.clickRate / one.oracle / worlds;
            variance += one.clickRate * (1 - one.clickRate) / one.impressions / worlds / worlds;
        }
        return new WeightsReport.Line(
                entry.way.name(),
                entry.way.settings().toString(),
                rounded(rates),
                rounded(ofOracle),
                rounded(Math.sqrt(variance)),
                entry.reached.stream().map(Reached::clickRate).toList());
    }

    private static double rounded(double value) {
        return Math.round(value * 1e4) / 1e4;
    }
}
