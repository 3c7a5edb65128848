package dev.millrace.benchmarks.store;

import dev.millrace.benchmarks.store.engine.EngineName;
import dev.millrace.benchmarks.store.measure.BatchClock;
import dev.millrace.benchmarks.store.measure.Figures;
import dev.millrace.benchmarks.store.together.PackingGain;
import dev.millrace.benchmarks.store.trace.TraceReplay.HitRatio;

import java.io.File;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.function.Consumer;
import java.util.stream.Stream;

/**
 * Measures Millrace's store beside others on the same workloads.
 *
 * <p>Each measurement is a process of its own. A round measures every store once; the next round goes through them in the
 * opposite order (ABBA), so that a machine that drifts treats them alike. Every store's answers are checked to the last bit
 * before and after the clock runs. Single use.
 */
public final class StoreBench {
    /** Cores that others may use during a measurement that counts. */
    static final double MOST_DISTURBED = 0.25;

    private static final String TRACES = "TRACES";
    private static final String PACKING = "PACKING";

    private final StoreBenchOptions options;
    private final Consumer<String> progress;
    private final List<Workload> workloads;
    private final List<EngineName> engines;

    /** @throws IllegalArgumentException if a workload or a store is unknown */
    public StoreBench(StoreBenchOptions options, Consumer<String> progress) {
        this.options = options;
        this.progress = progress;
        workloads = options.workloads().isEmpty()
                ? List.of(Workload.values())
                : options.workloads().stream()
                        .filter(name -> !isOf(TRACES, name) && !isOf(PACKING, name))
                        .map(StoreBench::workload)
                        .toList();
        engines = options.engines().isEmpty()
                ? List.of(EngineName.values())
                : options.engines().stream().map(EngineName::of).toList();
    }

    public StoreReport run(String command) throws IOException {
        long end = System.nanoTime() + options.limit().toNanos();
        ForkResults results = new ForkResults(options.directory().resolve("results"));
        progress.accept(plan(results));
        boolean complete = true;
        for (Workload workload : workloads) {
            for (int round = 0; round < options.forks(); round++) {
                for (EngineName engine : order(round)) {
                    complete &= measure(fork(workload, engine, round), results, end);
                }
            }
        }
        List<HitRatio> hitRatios = replayTraces(results);
        List<PackingGain> packing = replayRequests(results);
        return new StoreReportBuilder(options, workloads, results).build(command, complete, hitRatios, packing);
    }

    /** How many processes are to run, about how long that takes, and what bounds it. */
    private String plan(ForkResults results) throws IOException {
        int forks = 0;
        int present = 0;
        Duration expected = Duration.ZERO;
        for (Workload workload : workloads) {
            for (EngineName engine : engines) {
                for (int round = 0; round < options.forks() && workload.asks(engine); round++) {
                    Fork fork = fork(workload, engine, round);
                    if (options.resume() && results.isKept(fork)) {
                        present++;
                    } else {
                        forks++;
                        expected = expected.plus(fork.expected());
                    }
                }
            }
        }
        return String.format(
                Locale.ROOT,
                "%d measurements to make, %d are there; about %d minutes without repetitions, at most %d a measurement; none"
                        + " begins after %d minutes, and --resume goes on",
                forks,
                present,
                expected.toMinutes() + 1,
                ForkProcess.LIMIT_MINUTES,
                options.limit().toMinutes());
    }

    private static boolean isOf(String replay, String name) {
        return name.strip().equalsIgnoreCase(replay);
    }

    private boolean asksFor(String replay) {
        return options.workloads().isEmpty() || options.workloads().stream().anyMatch(name -> isOf(replay, name));
    }

    private List<PackingGain> replayRequests(ForkResults results) throws IOException {
        if (!asksFor(PACKING)) {
            return List.of();
        }
        ForkProcess.Said said = ForkProcess.pack(options);
        if (said.failure() != null) {
            progress.accept(PACKING + " FAILED: " + said.failure());
            results.missing().put(PACKING, "FAILED: " + said.failure());
        }
        return PackingGain.parse(said.lines());
    }

    private List<HitRatio> replayTraces(ForkResults results) throws IOException {
        if (!asksFor(TRACES)) {
            return List.of();
        }
        if (!Files.isDirectory(options.traces())) {
            progress.accept("SKIPPED: the traces, because there is no folder " + options.traces());
            results.missing().put(TRACES, "SKIPPED: there is no folder " + options.traces());
            return List.of();
        }
        ForkProcess.Said said = ForkProcess.replay(options.traces(), options.directory(), options.peers());
        if (said.failure() != null) {
            progress.accept(TRACES + " FAILED: " + said.failure());
            results.missing().put(TRACES, "FAILED: " + said.failure());
        }
        return HitRatio.parse(said.lines());
    }

    private List<EngineName> order(int round) {
        List<EngineName> order = new ArrayList<>(engines);
        if (round % 2 == 1) {
            Collections.reverse(order);
        }
        return order;
    }

    private Fork fork(Workload workload, EngineName engine, int round) {
        Path directory = options.directory().resolve("engine");
        return new Fork(workload, engine, round, options.rows(), options.duration(), directory, options.redis());
    }

    /** @return whether the measurement is there now, or cannot be had */
    private boolean measure(Fork fork, ForkResults results, long end) throws IOException {
        if (!fork.workload().asks(fork.engine()) || results.isMissing(fork)) {
            return true;
        }
        if (fork.engine() == EngineName.REDIS && !isThere(options.redis())) {
            progress.accept("SKIPPED: Redis, because there is no " + options.redis() + "; install redis-server");
            results.miss(fork, "SKIPPED: there is no " + options.redis());
            return true;
        }
        if (options.resume() && results.takeOver(fork)) {
            return true;
        }
        if (System.nanoTime() >= end) {
            return false;
        }
        long began = System.nanoTime();
        ForkProcess.Outcome outcome = undisturbed(fork, end);
        results.keep(fork, outcome);
        progress.accept(fork.workload() + " round " + (fork.round() + 1) + " of " + options.forks() + ", "
                + fork.engine().label() + " (" + (System.nanoTime() - began) / 1_000_000_000 + " s): "
                + told(fork, outcome));
        return true;
    }

    /** Measures again what others have disturbed, and keeps what they disturbed least. */
    private ForkProcess.Outcome undisturbed(Fork fork, long end) throws IOException {
        ForkProcess.Outcome best = ForkProcess.run(fork, options.peers());
        for (int again = 0; again < options.retries() && System.nanoTime() < end; again++) {
            if (disturbance(best) <= MOST_DISTURBED) {
                break;
            }
            ForkProcess.Outcome next = ForkProcess.run(fork, options.peers());
            best = disturbance(next) < disturbance(best) ? next : best;
        }
        return best;
    }

    private static double disturbance(ForkProcess.Outcome outcome) {
        return outcome instanceof ForkProcess.Outcome.Measured(Figures figures) ? disturbance(figures) : 0;
    }

    /** How many cores others used in a fork's worst measurement. */
    static double disturbance(Figures figures) {
        return figures.asMap().entrySet().stream()
                .filter(figure -> figure.getKey().endsWith(BatchClock.OTHERS))
                .mapToDouble(Map.Entry::getValue)
                .max()
                .orElse(0);
    }

    private static String told(Fork fork, ForkProcess.Outcome outcome) {
        return switch (outcome) {
            case ForkProcess.Outcome.Measured(Figures figures) -> {
                String figure = fork.workload().comparisons().getFirst().figure();
                yield String.format(
                        Locale.ROOT,
                        "%s %.4g%s",
                        figure,
                        figures.get(figure),
                        disturbance(figures) > MOST_DISTURBED ? ", DISTURBED by others" : "");
            }
            case ForkProcess.Outcome.NotOffered(String reason) -> "not offered: " + reason;
            case ForkProcess.Outcome.Failed(String reason) -> "FAILED: " + reason;
        };
    }

    private static Workload workload(String name) {
        for (Workload workload : Workload.values()) {
            if (workload.name().equalsIgnoreCase(name.strip())) {
                return workload;
            }
        }
        throw new IllegalArgumentException("no workload is called '" + name + "'; there are "
                + List.of(Workload.values()) + ", " + TRACES + " and " + PACKING);
    }

    /** A path, or a name that the PATH has. */
    private static boolean isThere(String program) {
        if (program.contains(File.separator)) {
            return Files.isExecutable(Path.of(program));
        }
        return Stream.of(System.getenv().getOrDefault("PATH", "").split(File.pathSeparator))
                .anyMatch(folder -> Files.isExecutable(Path.of(folder, program)));
    }
}
