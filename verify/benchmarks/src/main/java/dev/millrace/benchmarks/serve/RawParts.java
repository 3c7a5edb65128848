package dev.millrace.benchmarks.serve;

import dev.millrace.index.VectorIndex;
import dev.millrace.index.VectorIndexConfig;
import dev.millrace.inference.InferenceConfig;
import dev.millrace.inference.ScoringSlot;
import dev.millrace.inference.SequenceModel;
import dev.millrace.models.Bundle;
import dev.millrace.models.ItemVectors;
import dev.millrace.models.Registry;
import dev.millrace.runtime.Deadline;
import dev.millrace.storage.MemoryRowTable;

import java.io.IOException;
import java.lang.foreign.MemorySegment;
import java.lang.management.ManagementFactory;
import java.lang.management.ThreadMXBean;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.SplittableRandom;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.function.IntFunction;

/**
 * What a request cannot do without: the encoder and the scorer on ONNX Runtime, the vector search, and the store's batch
 * read of the candidates' rows. Used by one thread.
 */
final class RawParts {
    private static final int WARM_UP = 2_000;
    private static final int ROUNDS = 4_000;
    private static final int QUERIES = 512;

    private final SequenceModel model;
    private final VectorIndex index;
    private final MemoryRowTable table;
    private final ServeBenchOptions options;
    private final SplittableRandom random;
    private final float[] user;

    /**
     * CPU milliseconds by part.
     *
     * @param alone on one thread, nothing else running
     * @param together on as many threads as there are cores, which share caches and memory as a server's requests do
     */
    record Costs(Map<String, Double> alone, Map<String, Double> together) {}

    private RawParts(
            ServeBenchOptions options, SequenceModel model, VectorIndex index, MemoryRowTable table, long seed) {
        this.options = options;
        this.model = model;
        this.index = index;
        this.table = table;
        this.random = new SplittableRandom(seed);
        this.user = new float[model.dimension()];
    }

    /** On the bundle and the index that the server has used. */
    static Costs measure(ServeBenchOptions options) throws IOException {
        Bundle bundle =
                new Registry(options.directory().resolve("models")).live().orElseThrow();
        Path kept = options.directory().resolve("indexes").resolve(bundle.version());
        int rowBytes = bundle.dimension() * Float.BYTES;
        try (SequenceModel model =
                        SequenceModel.load(bundle, InferenceConfig.defaults().withUserStates(0));
                VectorIndex index = VectorIndex.open(
                        bundle.dimension(), VectorIndexConfig.defaults().withDirectory(kept));
                MemoryRowTable table =
                        new MemoryRowTable(rowBytes, options.world().items())) {
            fill(table, bundle.itemVectors());
            long seed = options.world().seed();
            return new Costs(
                    new RawParts(options, model, index, table, seed).run(),
                    together(thread -> new RawParts(options, model, index, table, seed + thread)));
        }
    }

    /** The mean over threads that run at once; the parts come in the same order on each. */
    private static Map<String, Double> together(IntFunction<RawParts> forThread) {
        int threads = Runtime.getRuntime().availableProcessors();
        List<CompletableFuture<Map<String, Double>>> running = new ArrayList<>();
        try (ExecutorService executor = Executors.newFixedThreadPool(threads)) {
            for (int thread = 0; thread < threads; thread++) {
                RawParts parts = forThread.apply(thread);
                running.add(CompletableFuture.supplyAsync(parts::run, executor));
            }
        }
        Map<String, Double> mean = new LinkedHashMap<>();
        for (CompletableFuture<Map<String, Double>> one : running) {
            one.join().forEach((part, millis) -> mean.merge(part, millis / threads, Double::sum));
        }
        return mean;
    }

    private static void fill(MemoryRowTable table, ItemVectors vectors) {
        float[] row = new float[vectors.dimension()];
        MemorySegment bytes = MemorySegment.ofArray(row);
        for (int item = 0; item < vectors.count(); item++) {
            vectors.read(item, row);
            table.put(item, bytes, 0);
        }
    }

    private Map<String, Double> run() {
        int[] history = new int[options.world().actionsPerUser()];
        int found = options.candidates() / 2;
        int[] ordinals = new int[found];
        float[] scores = new float[found];
        long[] keys = new long[options.candidates()];
        boolean[] present = new boolean[keys.length];
        Map<String, Double> parts = new LinkedHashMap<>();
        parts.put("encode", cpuMillis(() -> {
            Arrays.setAll(history, i -> random.nextInt(options.world().items()));
            model.encode(history, history.length, user);
        }));
        float[][] queries = userVectors(history);
        parts.put(
                "vector search",
                cpuMillis(() -> index.search(
                        queries[random.nextInt(QUERIES)], found, null, Deadline.none(), ordinals, scores)));
        try (ScoringSlot slot = model.borrowScoringSlot()) {
            parts.put("store batch", cpuMillis(() -> {
                Arrays.setAll(keys, i -> random.nextInt(options.world().items()));
                table.getBatch(keys, keys.length, slot.itemRows(), 0, present);
            }));
            parts.put("score", cpuMillis(() -> slot.score(user, keys.length)));
        }
        return parts;
    }

    private float[][] userVectors(int[] history) {
        float[][] vectors = new float[QUERIES][model.dimension()];
        for (float[] vector : vectors) {
            Arrays.setAll(history, i -> random.nextInt(options.world().items()));
            model.encode(history, history.length, vector);
        }
        return vectors;
    }

    private static double cpuMillis(Runnable part) {
        ThreadMXBean threads = ManagementFactory.getThreadMXBean();
        for (int i = 0; i < WARM_UP; i++) {
            part.run();
        }
        long begin = threads.getCurrentThreadCpuTime();
        for (int i = 0; i < ROUNDS; i++) {
            part.run();
        }
        return (threads.getCurrentThreadCpuTime() - begin) / 1e6 / ROUNDS;
    }
}
