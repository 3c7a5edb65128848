package dev.millrace.index;

import dev.millrace.kernels.TopK;

import java.util.Arrays;

/** What one search needs while it runs, kept for the next one; owned by one search at a time. */
final class VectorScratch {
    private static final int MAX_NEIGHBOURS = 512;

    final int[] batch = new int[MAX_NEIGHBOURS];
    final float[] products = new float[MAX_NEIGHBOURS];
    final NodeHeap candidates = new NodeHeap();
    private TopK best = new TopK(256);
    private int bestCapacity = 256;
    TopK beam = new TopK(256);
    int[] keys = new int[256];
    float[] scores = new float[256];
    /** Where numbers go that were computed only to bring memory near. */
    float sink;

    private long[] visited = new long[16];

    /** An empty heap for the {@code k} best of all parts. */
    TopK best(int k) {
        if (k > bestCapacity) {
            best = new TopK(k);
            bestCapacity = k;
        }
        return best.reset(k);
    }

    /** Makes room for a beam and forgets which nodes were visited. */
    void prepare(int nodes, int beamWidth) {
        int words = (nodes + 63) >>> 6;
        if (visited.length < words) {
            visited = new long[words];
        } else {
            Arrays.fill(visited, 0, words, 0);
        }
        if (keys.length < beamWidth) {
            beam = new TopK(beamWidth);
            keys = new int[beamWidth];
            scores = new float[beamWidth];
        }
        beam.reset(beamWidth);
        candidates.clear();
    }

    /** Marks a node and returns whether this was its first visit. */
    boolean visit(int node) {
        long bit = 1L << node;
        int word = node >>> 6;
        if ((visited[word] & bit) != 0) {
            return false;
        }
        visited[word] |= bit;
        return true;
    }
}
