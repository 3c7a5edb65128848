package dev.millrace.benchmarks.index;

import dev.millrace.index.VectorIndex;
import dev.millrace.index.VectorIndexConfig;
import dev.millrace.kernels.TopK;
import dev.millrace.kernels.VectorMath;
import dev.millrace.runtime.Deadline;

import java.lang.management.ManagementFactory;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.SplittableRandom;

/**
 * Builds a vector index (or opens the one in the directory) and prints, for several beams, the recall of the best 100
 * among 200 found, the median time, and the processor's time of a search.
 *
 * <p>Arguments: vectors, connections, build beam, threads, directory.
 */
final class VectorSearchReport {
    private static final int K = 200;
    private static final int TRUE_BEST = 100;
    private static final int QUERIES = 200;
    private static final int ROUNDS = 5;
    private static final int[] BEAMS = {200, 300, 400, 600, 800};

    private VectorSearchReport() {}

    public static void main(String[] args) throws Exception {
        int n = Integer.parseInt(args[0]);
        Path directory = Path.of(args[4]);
        VectorIndexConfig config = VectorIndexConfig.defaults()
                .withGraph(Integer.parseInt(args[1]), Integer.parseInt(args[2]))
                .withBuildThreads(Integer.parseInt(args[3]))
                .withDirectory(directory);
        ClusteredVectors data = new ClusteredVectors(7, n);
        if (!Files.isDirectory(directory)) {
            build(n, config, data);
        }
        SplittableRandom random = new SplittableRandom(11);
        float[][] queries = new float[QUERIES][];
        int[][] truth = new int[QUERIES][];
        for (int q = 0; q < QUERIES; q++) {
            queries[q] = data.query(random);
            truth[q] = best(data, queries[q]);
        }
        for (int beam : BEAMS) {
            try (VectorIndex index = VectorIndex.open(ClusteredVectors.DIMENSION, config.withSearchBeam(beam))) {
                report(index, beam, queries, truth);
            }
        }
    }

    private static void build(int n, VectorIndexConfig config, ClusteredVectors data) {
        var system = (com.sun.management.OperatingSystemMXBean) ManagementFactory.getOperatingSystemMXBean();
        long wall = System.nanoTime();
        long cpu = system.getProcessCpuTime();
        VectorIndex.build(ClusteredVectors.DIMENSION, n, data, config, (done, total) -> {})
                .close();
        System.out.printf(
                "built %,d vectors, %d connections, beam %d, %d threads: %.1f s, %.1f s of processor time%n",
                n,
                config.connections(),
                config.buildBeam(),
                config.buildThreads(),
                (System.nanoTime() - wall) / 1e9,
                (system.getProcessCpuTime() - cpu) / 1e9);
    }

    private static void report(VectorIndex index, int beam, float[][] queries, int[][] truth) {
        int[] ordinals = new int[K];
        float[] scores = new float[K];
        long[] nanos = new long[QUERIES * ROUNDS];
        int hits = 0;
        long cpu = 0;
        for (int round = -ROUNDS; round < ROUNDS; round++) {
            if (round == 0) {
                cpu = ManagementFactory.getThreadMXBean().getCurrentThreadCpuTime();
            }
            for (int q = 0; q < QUERIES; q++) {
                long start = System.nanoTime();
                index.search(queries[q], K, null, Deadline.none(), ordinals, scores);
                if (round >= 0) {
                    nanos[round * QUERIES + q] = System.nanoTime() - start;
                    hits += hits(ordinals, truth[q]);
                }
            }
        }
        long used = ManagementFactory.getThreadMXBean().getCurrentThreadCpuTime() - cpu;
        Arrays.sort(nanos);
        System.out.printf(
                "beam %d: recall@100 %.4f, p50 %.0f µs, p90 %.0f µs, processor %.0f µs%n",
                beam,
                hits / (double) (TRUE_BEST * nanos.length),
                nanos[nanos.length / 2] / 1e3,
                nanos[nanos.length * 9 / 10] / 1e3,
                used / 1e3 / nanos.length);
    }

    private static int hits(int[] found, int[] truth) {
        int hits = 0;
        for (int i = 0; i < TRUE_BEST; i++) {
            hits += Arrays.binarySearch(truth, found[i]) >= 0 ? 1 : 0;
        }
        return hits;
    }

    private static int[] best(ClusteredVectors data, float[] query) {
        TopK top = new TopK(TRUE_BEST);
        for (int i = 0; i < data.size(); i++) {
            top.offer(
                    i,
                    VectorMath.dot(
                            query, 0, data.vectors(), i * ClusteredVectors.DIMENSION, ClusteredVectors.DIMENSION));
        }
        int[] items = new int[TRUE_BEST];
        top.drain(items, new float[TRUE_BEST]);
        Arrays.sort(items);
        return items;
    }
}
