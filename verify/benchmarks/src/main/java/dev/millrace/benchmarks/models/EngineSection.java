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
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.function.Consumer;

/**
 * What the engine reaches of ONNX Runtime's own throughput, at 500 candidates a call and on all cores, and how many times that of
 * calls for one candidate each. Each round measures all contenders one after another, and the median over rounds of each
 * round's ratio counts: a neighbour that disturbs a round disturbs its contenders alike. Stateless.
 */
final class EngineSection implements ModelSection {
    static final int CANDIDATES = 500;
    static final int ROUNDS = 7;
    private static final long ROUND_NANOS = 1_000_000_000L;

    @Override
    public String name() {
        return "engine";
    }

    /** A loop of one thread until a moment; gives the candidates scored. */
    interface Loop {
        long until(long endNanos) throws Exception;
    }

    @Override
    public Map<String, Object> run(Path work, Consumer<String> progress) throws Exception {
        Map<String, Object> figures = measure(RandomPerceptron.WIDE, work, progress);
        figures.put("narrow", measure(RandomPerceptron.NARROW, work, progress));
        return figures;
    }

    /** Someone who scores candidates: its rate in each round, by a loop that each core runs. */
    @SuppressWarnings("ArrayRecordComponent") // never compared
    record Contender(Loop loop, double[] perSecond) {
        Contender(Loop loop) {
            this(loop, new double[ROUNDS]);
        }

        void run(int round) throws Exception {
            perSecond[round] = rate(loop);
        }
    }

    /**
     * @param oneByOne a new array, a new tensor and a new result for each candidate: as a first program does it
     * @param oneByOneReusing ONNX Runtime alone, with one input and one output for all calls
     * @param oneByOneEngine a call of the engine for each candidate
     */
    private record Contenders(
            Contender raw, Contender engine, Contender oneByOne, Contender oneByOneReusing, Contender oneByOneEngine) {
        static Contenders of(Ranker ranker, RawSession session, RandomPerceptron perceptron) {
            return new Contenders(
                    new Contender(end -> rawLoop(session, CANDIDATES, end)),
                    new Contender(end -> engineLoop(ranker, CANDIDATES, end)),
                    new Contender(end -> freshLoop(session, perceptron, end)),
                    new Contender(end -> rawLoop(session, 1, end)),
                    new Contender(end -> engineLoop(ranker, 1, end)));
        }

        void run(int round) throws Exception {
            for (Contender contender : List.of(raw, engine, oneByOne, oneByOneReusing, oneByOneEngine)) {
                contender.run(round);
            }
        }
    }

    private static Map<String, Object> measure(RandomPerceptron perceptron, Path work, Consumer<String> progress)
            throws Exception {
        Path graph = perceptron.write(work);
        // The engine first: it makes the process's one environment, with the pool that it serves with.
        try (Ranker ranker = Ranker.load(graph, perceptron.signature(), InferenceConfig.defaults());
                RawSession session = new RawSession(graph, perceptron.width())) {
            Contenders contenders = Contenders.of(ranker, session, perceptron);
            contenders.run(0); // to warm up; it is measured again
            for (int round = 0; round < ROUNDS; round++) {
                contenders.run(round);
                progress.accept("engine: " + perceptron.describe() + ", round " + (round + 1) + " of " + ROUNDS);
            }
            return figures(perceptron, contenders);
        }
    }

    private static Map<String, Object> figures(RandomPerceptron perceptron, Contenders rates) {
        Map<String, Object> figures = new LinkedHashMap<>();
        figures.put("graph", perceptron.describe());
        figures.put("candidatesPerCall", CANDIDATES);
        figures.put("threads", threads());
        figures.put("rawCandidatesPerSecond", median(rates.raw.perSecond));
        figures.put("engineCandidatesPerSecond", median(rates.engine.perSecond));
        figures.put("ofRaw", median(ratios(rates.engine, rates.raw)));
        figures.put("microsOfRawCandidate", micros(rates.raw));
        figures.put("oneByOne", single(rates, rates.oneByOne));
        figures.put("oneByOneReusing", single(rates, rates.oneByOneReusing));
        figures.put("oneByOneEngine", single(rates, rates.oneByOneEngine));
        return figures;
    }

    private static Map<String, Object> single(Contenders rates, Contender single) {
        Map<String, Object> figures = new LinkedHashMap<>();
        figures.put("candidatesPerSecond", median(single.perSecond));
        figures.put("micros", micros(single));
        figures.put("engineTimes", median(ratios(rates.engine, single)));
        // No engine can be more times faster than single calls than raw calls of many candidates are.
        figures.put("rawTimes", median(ratios(rates.raw, single)));
        return figures;
    }

    private static long engineLoop(Ranker ranker, int rows, long endNanos) {
        long candidates = 0;
        while (System.nanoTime() < endNanos) {
            try (RankerCall call = ranker.borrow()) {
                call.run(rows, Priority.INTERACTIVE, Deadline.none());
            }
            candidates += rows;
        }
        return candidates;
    }

    private static long rawLoop(RawSession session, int rows, long endNanos) throws Exception {
        long candidates = 0;
        try (RawSession.Tensors tensors = session.tensors(rows)) {
            while (System.nanoTime() < endNanos) {
                tensors.run();
                candidates += rows;
            }
        }
        return candidates;
    }

    private static long freshLoop(RawSession session, RandomPerceptron perceptron, long endNanos) throws Exception {
        float[] features = perceptron.rows(3, 1);
        long candidates = 0;
        while (System.nanoTime() < endNanos) {
            session.runOneRow(new float[][] {features.clone()});
            candidates++;
        }
        return candidates;
    }

    private static double rate(Loop loop) throws Exception {
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

    static int threads() {
        return Runtime.getRuntime().availableProcessors();
    }

    /** Of one thread. */
    static double micros(Contender contender) {
        return threads() * 1e6 / median(contender.perSecond);
    }

    static double[] ratios(Contender ours, Contender theirs) {
        double[] ratios = new double[ROUNDS];
        for (int i = 0; i < ROUNDS; i++) {
            ratios[i] = ours.perSecond[i] / theirs.perSecond[i];
        }
        return ratios;
    }

    static double median(double[] values) {
        double[] sorted = values.clone();
        Arrays.sort(sorted);
        return sorted[sorted.length / 2];
    }
}
