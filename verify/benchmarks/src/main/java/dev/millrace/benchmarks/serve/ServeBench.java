package dev.millrace.benchmarks.serve;

import dev.millrace.benchmarks.load.HttpRequests;
import dev.millrace.benchmarks.load.LoadResult;
import dev.millrace.benchmarks.load.OpenLoopLoad;

import java.io.IOException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.SplittableRandom;
import java.util.UUID;
import java.util.function.Consumer;

/**
 * Measures a whole server: sustained rate, latency, CPU per request and stage, and what the parts cost alone.
 *
 * <p>The server runs in a process of its own. A sweep raises an open-loop rate until p99 passes the budget or something is
 * refused; then 70 % of the sustained rate is held, then ten times of it, then a closed loop shows the peak. Last, the
 * parts that no server can do without run alone on the same data. Single use.
 */
public final class ServeBench {
    private static final double BUDGET_MILLIS = 50;
    private static final double FIRST_RATE = 100;
    private static final double GROWTH = 1.25;
    private static final int BISECTIONS = 2;
    private static final int CONNECTIONS = 128;
    private static final int CLOSED_CONNECTIONS = 4;
    private static final int LEAST_WARM_UP_ROUNDS = 4;
    private static final int WARM_UP_ROUNDS = 12;
    private static final Duration WARM_UP_ROUND = Duration.ofSeconds(10);
    private static final double WARM_UP_GAIN = 1.03;
    /** Of a step of a thousand requests, one or two refusals say nothing about the rate. */
    private static final int FEW = 2;

    private static final double MISSING_ALLOWED = 0.001;
    private static final double DEGRADED_ALLOWED = 0.01;

    private final ServeBenchOptions options;
    private final Consumer<String> progress;
    private final String key = UUID.randomUUID().toString();
    private final List<ServeReport.Step> sweep = new ArrayList<>();

    public ServeBench(ServeBenchOptions options, Consumer<String> progress) {
        this.options = options;
        this.progress = progress;
    }

    public ServeReport run(String command) throws IOException, InterruptedException {
        options.world().writeTo(options.directory(), progress);
        Served served = serve();
        progress.accept("measuring the parts alone");
        RawParts.Costs raw = RawParts.measure(options);
        double rawTotal = sum(raw.alone());
        double total = served.cpuMillis().getOrDefault("total", Double.NaN);
        return new ServeReport(
                Machine.describe(),
                command,
                options.world(),
                options.candidates(),
                served.sustained(),
                Map.of("at70", ServeReport.Latency.of(served.at70())),
                served.cpuMillis(),
                rawTotal,
                raw.alone(),
                raw.together(),
                total / rawTotal,
                total / sum(raw.together()),
                served.allocatedBytes(),
                served.closedPerSecond(),
                served.overload(),
                List.copyOf(sweep));
    }

    private static double sum(Map<String, Double> parts) {
        return parts.values().stream().mapToDouble(Double::doubleValue).sum();
    }

    /** What the server showed while it ran. */
    private record Served(
            double sustained,
            LoadResult at70,
            Map<String, Double> cpuMillis,
            long allocatedBytes,
            ServeReport.Overload overload,
            double closedPerSecond) {}

    private Served serve() throws IOException, InterruptedException {
        try (ServerProcess server = startServer()) {
            warmUp(server);
            OpenLoopLoad load = load(server, CONNECTIONS);
            double sustained = findSustained(load);
            Map<String, Double> stagesBefore = ScrapedStages.read(server.port(), key);
            ServerProcess.Usage before = server.usage();
            LoadResult at70 = load.run(0.7 * sustained, options.measured());
            ServerProcess.Usage after = server.usage();
            Map<String, Double> stages = ScrapedStages.read(server.port(), key);
            progress.accept("held " + Math.round(0.7 * sustained) + "/s: p99 " + at70.latencyMillis(99) + " ms");
            Map<String, Double> cpu = new LinkedHashMap<>();
            cpu.put("total", (after.cpuNanos() - before.cpuNanos()) / 1e6 / at70.answered());
            stages.forEach((stage, seconds) ->
                    cpu.put(stage, 1e3 * (seconds - stagesBefore.getOrDefault(stage, 0.0)) / at70.answered()));
            ServeReport.Overload overload = overload(server, load, sustained);
            double closed =
                    load(server, CLOSED_CONNECTIONS).runClosed(options.step()).answeredPerSecond();
            long allocated = (after.allocatedBytes() - before.allocatedBytes()) / at70.answered();
            return new Served(sustained, at70, cpu, allocated, overload, closed);
        }
    }

    /** Asks as fast as a few callers can, until that gets no faster: the compiler has then seen what is hot. */
    private void warmUp(ServerProcess server) throws InterruptedException {
        OpenLoopLoad load = load(server, CLOSED_CONNECTIONS);
        double best = 0;
        for (int round = 1; round <= WARM_UP_ROUNDS; round++) {
            double rate = load.runClosed(WARM_UP_ROUND).answeredPerSecond();
            progress.accept(String.format("warming up: %.0f/s", rate));
            if (rate < WARM_UP_GAIN * best && round >= LEAST_WARM_UP_ROUNDS) {
                return;
            }
            best = Math.max(best, rate);
        }
    }

    private ServerProcess startServer() throws IOException {
        progress.accept("starting the server");
        List<String> settings = new ArrayList<>(
                List.of("server.data-dir=" + options.directory(), "server.port=0", "training.every=0s"));
        settings.addAll(candidateSettings(options.candidates()));
        return ServerProcess.start(settings, key, options.directory().resolve("server.log"), progress);
    }

    /** The default shares of the sources, scaled to the wanted sum. */
    private static List<String> candidateSettings(int candidates) {
        int topics = candidates / 5;
        int coVisitation = candidates * 4 / 25;
        int trending = candidates / 10;
        int newItems = candidates / 25;
        int vector = candidates - topics - coVisitation - trending - newItems;
        String prefix = "recommend.candidates.";
        return List.of(
                prefix + "vector=" + vector,
                prefix + "topics=" + topics,
                prefix + "co-visitation=" + coVisitation,
                prefix + "trending=" + trending,
                prefix + "new-items=" + newItems);
    }

    private OpenLoopLoad load(ServerProcess server, int connections) {
        long seed = options.world().seed();
        int users = options.world().users();
        return new OpenLoopLoad(server.port(), connections, request -> {
            int user = new SplittableRandom(seed ^ request * 0x9E3779B97F4A7C15L).nextInt(users);
            String json = "{\"user\":\"" + ServeWorld.userId(user) + "\",\"count\":10}";
            return HttpRequests.post("/v1/recommend", key, json);
        });
    }

    /** Raises the rate until it is too much, then narrows the gap. */
    private double findSustained(OpenLoopLoad load) throws InterruptedException {
        double good = 0;
        double rate = FIRST_RATE;
        while (holds(load, rate)) {
            good = rate;
            rate *= GROWTH;
        }
        double bad = rate;
        for (int i = 0; i < BISECTIONS && good > 0; i++) {
            double middle = (good + bad) / 2;
            if (holds(load, middle)) {
                good = middle;
            } else {
                bad = middle;
            }
        }
        if (good == 0) {
            throw new IllegalStateException("the server did not hold " + FIRST_RATE + " requests/s: " + sweep);
        }
        return good;
    }

    private boolean holds(OpenLoopLoad load, double rate) throws InterruptedException {
        LoadResult result = load.run(rate, options.step());
        ServeReport.Step step = ServeReport.Step.of(rate, result);
        sweep.add(step);
        progress.accept(String.format(
                "%.0f/s offered: %.0f/s answered, p99 %.1f ms, %d degraded, %d refused, %d failed",
                rate, step.answeredPerSecond(), step.p99(), step.degraded(), step.rejected(), step.failed()));
        long sent = result.answered() + result.rejected() + result.failed();
        return step.p99() < BUDGET_MILLIS
                && result.rejected() + result.failed() <= Math.max(FEW, MISSING_ALLOWED * sent)
                && result.degraded() <= DEGRADED_ALLOWED * sent;
    }

    private ServeReport.Overload overload(ServerProcess server, OpenLoopLoad load, double sustained)
            throws InterruptedException {
        Duration duration = options.overload().isZero() ? Duration.ofMillis(1) : options.overload();
        LoadResult result = load.run(10 * sustained, duration);
        ServeReport.Overload overload = new ServeReport.Overload(
                10 * sustained,
                result.answeredPerSecond(),
                ServeReport.Latency.of(result),
                result.rejected(),
                result.rejectLatency().getValueAtPercentile(99) / 1000.0,
                result.failed(),
                server.isAlive());
        progress.accept("overload: " + overload);
        return overload;
    }
}
