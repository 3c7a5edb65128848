package dev.millrace.benchmarks.models;

import org.HdrHistogram.Histogram;
import org.jspecify.annotations.Nullable;

import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.SplittableRandom;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.Semaphore;
import java.util.concurrent.atomic.AtomicReference;
import java.util.concurrent.locks.LockSupport;
import java.util.function.Consumer;

/**
 * Adaptive batching against fixed windows, with small requests of which many share a run: what each sustains in a closed
 * loop, how late answers are at shares of what the slowest sustains (arrivals by chance, late ones counted from when they
 * should have begun), and what a request waits when nothing else is there. Stateless.
 */
final class BatchingSection implements ModelSection {
    private static final int ROWS = 10;
    private static final int MAX_BATCH_ROWS = 512;
    private static final int CALLERS = 64;
    private static final int ROUNDS = 3;
    private static final long CAPACITY_NANOS = 2_000_000_000L;
    private static final long LOAD_NANOS = 6_000_000_000L;
    private static final double[] SHARES = {0.05, 0.5, 0.7, 0.9};

    @Override
    public String name() {
        return "batching";
    }

    private interface Opener {
        BatchedScoring open(Path graph) throws Exception;
    }

    @Override
    public Map<String, Object> run(Path work, Consumer<String> progress) throws Exception {
        Path graph = RandomPerceptron.WIDE.write(work);
        Map<String, Opener> contenders = new LinkedHashMap<>();
        contenders.put("adaptive", BatchedScoring::adaptive);
        contenders.put("window100us", file -> new FixedWindowScoring(file, 100_000, MAX_BATCH_ROWS));
        contenders.put("window1ms", file -> new FixedWindowScoring(file, 1_000_000, MAX_BATCH_ROWS));
        contenders.put("window5ms", file -> new FixedWindowScoring(file, 5_000_000, MAX_BATCH_ROWS));
        Map<String, Double> capacity = sustained(graph, contenders, progress);
        double least = capacity.values().stream()
                .mapToDouble(Double::doubleValue)
                .min()
                .orElseThrow();
        Map<String, Object> figures = new LinkedHashMap<>();
        figures.put("graph", "perceptron 512-512-256-128-1, fp32");
        figures.put("rowsPerRequest", ROWS);
        figures.put("sustainedPerSecond", capacity);
        for (double share : SHARES) {
            Map<String, Object> latencies = new LinkedHashMap<>();
            for (Map.Entry<String, Opener> contender : contenders.entrySet()) {
                try (BatchedScoring scoring = contender.getValue().open(graph)) {
                    load(scoring, least * share, LOAD_NANOS / 3);
                    latencies.put(contender.getKey(), micros(load(scoring, least * share, LOAD_NANOS)));
                }
            }
            String at = "at" + Math.round(share * 100);
            figures.put(at + "PerSecond", least * share);
            figures.put(at, latencies);
            progress.accept("batching: " + at + " " + latencies);
        }
        return figures;
    }

    /** Requests a second of each contender: the median of rounds in which they take turns, after one that compiles. */
    private static Map<String, Double> sustained(Path graph, Map<String, Opener> contenders, Consumer<String> progress)
            throws Exception {
        Map<String, double[]> rounds = new LinkedHashMap<>();
        for (int round = -1; round < ROUNDS; round++) {
            for (Map.Entry<String, Opener> contender : contenders.entrySet()) {
                try (BatchedScoring scoring = contender.getValue().open(graph)) {
                    double perSecond = capacity(scoring);
                    if (round >= 0) {
                        rounds.computeIfAbsent(contender.getKey(), key -> new double[ROUNDS])[round] = perSecond;
                    }
                }
            }
        }
        Map<String, Double> medians = new LinkedHashMap<>();
        rounds.forEach((name, each) -> {
            Arrays.sort(each);
            medians.put(name, each[ROUNDS / 2]);
            progress.accept("batching: " + name + " sustains " + Math.round(each[ROUNDS / 2]) + " requests/s ("
                    + Math.round(each[0]) + " to " + Math.round(each[ROUNDS - 1]) + ")");
        });
        return medians;
    }

    private static Map<String, Object> micros(Histogram nanos) {
        Map<String, Object> micros = new LinkedHashMap<>();
        micros.put("p50Micros", nanos.getValueAtPercentile(50) / 1e3);
        micros.put("p99Micros", nanos.getValueAtPercentile(99) / 1e3);
        micros.put("requests", nanos.getTotalCount());
        return micros;
    }

    /** Requests a second of {@value #CALLERS} callers, each of which asks again at once. */
    private static double capacity(BatchedScoring scoring) throws Exception {
        long began = System.nanoTime();
        long requests = 0;
        try (ExecutorService executor = Executors.newFixedThreadPool(CALLERS)) {
            List<Future<Long>> callers = new ArrayList<>();
            for (int caller = 0; caller < CALLERS; caller++) {
                int seed = caller;
                callers.add(executor.submit(() -> {
                    float[] rows = rows(seed);
                    float[] scores = new float[ROWS];
                    long done = 0;
                    for (; System.nanoTime() - began < CAPACITY_NANOS; done++) {
                        scoring.score(rows, scores);
                    }
                    return done;
                }));
            }
            for (Future<Long> caller : callers) {
                requests += caller.get();
            }
        }
        return requests * 1e9 / (System.nanoTime() - began);
    }

    /** Arrivals by a Poisson process of one seed for all contenders; each request on a thread of its own. */
    private static Histogram load(BatchedScoring scoring, double perSecond, long nanos) throws Exception {
        SplittableRandom random = new SplittableRandom(5);
        Histogram latencies = new Histogram(3);
        AtomicReference<@Nullable Exception> failed = new AtomicReference<>();
        // A bound, so that a contender that cannot keep up runs late instead of out of memory.
        Semaphore places = new Semaphore(2_000);
        try (ExecutorService executor = Executors.newVirtualThreadPerTaskExecutor()) {
            long began = System.nanoTime();
            double due = 0;
            float[] rows = rows(1);
            while (due < nanos) {
                due += -Math.log(1 - random.nextDouble()) / perSecond * 1e9;
                long at = began + (long) due;
                for (long left = at - System.nanoTime(); left > 0; left = at - System.nanoTime()) {
                    LockSupport.parkNanos(left);
                }
                places.acquire();
                executor.execute(() -> {
                    try {
                        scoring.score(rows, new float[ROWS]);
                        long late = System.nanoTime() - at;
                        synchronized (latencies) {
                            latencies.recordValue(late);
                        }
                    } catch (Exception e) { // each is missing from the count of requests, and the first is told
                        failed.compareAndSet(null, e);
                    } finally {
                        places.release();
                    }
                });
            }
        }
        Exception failure = failed.get();
        if (failure != null) {
            throw failure;
        }
        return latencies;
    }

    private static float[] rows(int seed) {
        return RandomPerceptron.WIDE.rows(seed, ROWS);
    }
}
