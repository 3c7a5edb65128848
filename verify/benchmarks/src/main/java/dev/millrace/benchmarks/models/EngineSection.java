package dev.millrace.benchmarks.models;

import dev.millrace.inference.InferenceConfig;
import dev.millrace.inference.Ranker;
import dev.millrace.inference.RankerCall;
import dev.millrace.runtime.Deadline;
import dev.millrace.runtime.Priority;

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
import java.util.function.Consumer;

/**
 * What the engine reaches of ONNX Runtime's own throughput, at 500 candidates a call and on all cores. Each round
 * measures all contenders one after another, and the median over rounds of each round's ratio counts: a neighbour that
 * disturbs a round disturbs its contenders alike. Stateless.
 */
final class EngineSection implements ModelSection {
    private static final int CANDIDATES = 500;
    private static final int ROUNDS = 7;
    private static final long ROUND_NANOS = 1_500_000_000L;

    @Override
    public String name() {
        return "engine";
    }

    /** A loop of one thread until a moment; gives the candidates scored. */
    private interface Loop {
        long until(long endNanos) throws Exception;
    }

    @Override
    public Map<String, Object> run(Path work, Consumer<String> progress) throws Exception {
        Path graph = WideRanker.write(work);
        double[] raw = new double[ROUNDS];
        double[] engine = new double[ROUNDS];
        double[] single = new double[ROUNDS];
        // The engine first: it makes the process's one environment, with the pool that it serves with.
        try (Ranker ranker = Ranker.load(graph, WideRanker.SIGNATURE, InferenceConfig.defaults());
                RawSession session = new RawSession(graph)) {
            perSecond(end -> engineLoop(ranker, end));
            perSecond(end -> rawLoop(session, end));
            for (int round = 0; round < ROUNDS; round++) {
                raw[round] = perSecond(end -> rawLoop(session, end));
                engine[round] = perSecond(end -> engineLoop(ranker, end));
                single[round] = perSecond(end -> singleLoop(session, end));
                progress.accept("engine: round " + (round + 1) + " of " + ROUNDS + ": raw " + Math.round(raw[round])
                        + ", engine " + Math.round(engine[round]) + ", one by one " + Math.round(single[round])
                        + " candidates/s");
            }
        }
        Map<String, Object> figures = new LinkedHashMap<>();
        figures.put("graph", "perceptron 512-512-256-128-1, fp32");
        figures.put("candidatesPerCall", CANDIDATES);
        figures.put("threads", threads());
        figures.put("rawCandidatesPerSecond", median(raw));
        figures.put("engineCandidatesPerSecond", median(engine));
        figures.put("oneByOneCandidatesPerSecond", median(single));
        figures.put("ofRaw", median(ratios(engine, raw)));
        figures.put("timesOneByOne", median(ratios(engine, single)));
        return figures;
    }

    private static long engineLoop(Ranker ranker, long endNanos) {
        long candidates = 0;
        while (System.nanoTime() < endNanos) {
            try (RankerCall call = ranker.borrow()) {
                call.run(CANDIDATES, Priority.INTERACTIVE, Deadline.none());
            }
            candidates += CANDIDATES;
        }
        return candidates;
    }

    private static long rawLoop(RawSession session, long endNanos) throws Exception {
        long candidates = 0;
        try (RawSession.Tensors tensors = session.tensors(CANDIDATES)) {
            while (System.nanoTime() < endNanos) {
                tensors.run();
                candidates += CANDIDATES;
            }
        }
        return candidates;
    }

    private static long singleLoop(RawSession session, long endNanos) throws Exception {
        float[][] row = {WideRanker.floats(new SplittableRandom(3), WideRanker.WIDTH, 1)};
        long candidates = 0;
        while (System.nanoTime() < endNanos) {
            session.runOneRow(row);
            candidates++;
        }
        return candidates;
    }

    private static double perSecond(Loop loop) throws Exception {
        long began = System.nanoTime();
        long candidates = 0;
        try (ExecutorService executor = Executors.newFixedThreadPool(threads())) {
            List<Future<Long>> loops = new ArrayList<>();
            for (int thread = 0; thread < threads(); thread++) {
                loops.add(executor.submit(() -> loop.until(began + ROUND_NANOS)));
            }
            for (Future<Long> one : loops) {
                candidates += one.get();
            }
        }
        return candidates * 1e9 / (System.nanoTime() - began);
    }

    private static int threads() {
        return Runtime.getRuntime().availableProcessors();
    }

    private static double[] ratios(double[] ours, double[] theirs) {
        double[] ratios = new double[ours.length];
        for (int i = 0; i < ours.length; i++) {
            ratios[i] = ours[i] / theirs[i];
        }
        return ratios;
    }

    static double median(double[] values) {
        double[] sorted = values.clone();
        Arrays.sort(sorted);
        return sorted[sorted.length / 2];
    }
}
