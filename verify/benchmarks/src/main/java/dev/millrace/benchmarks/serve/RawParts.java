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
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.SplittableRandom;

/**
 * What a request cannot do without, each part alone on one thread: the encoder and the scorer on ONNX Runtime, the
 * vector search, and the store's batch read of the candidates' rows. Used once.
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

    private RawParts(ServeBenchOptions options, SequenceModel model, VectorIndex index, MemoryRowTable table) {
        this.options = options;
        this.model = model;
        this.index = index;
        this.table = table;
        this.random = new SplittableRandom(options.world().seed());
        this.user = new float[model.dimension()];
    }

    /** CPU milliseconds by part, on the bundle and the index that the server has used. */
    static Map<String, Double> measure(ServeBenchOptions options) throws IOException {
        Bundle bundle =
                new Registry(options.directory().resolve("models")).live().orElseThrow();
        Path kept = options.directory().resolve("indexes").resolve(bundle.version());
        int rowBytes = bundle.dimension() * Float.BYTES;
        try (SequenceModel model = SequenceModel.load(bundle, InferenceConfig.defaults());
                VectorIndex index = VectorIndex.open(
                        bundle.dimension(), VectorIndexConfig.defaults().withDirectory(kept));
                MemoryRowTable table =
                        new MemoryRowTable(rowBytes, options.world().items())) {
            fill(table, bundle.itemVectors());
            return new RawParts(options, model, index, table).run();
        }
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
