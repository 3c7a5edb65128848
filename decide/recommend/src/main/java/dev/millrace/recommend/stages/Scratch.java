package dev.millrace.recommend.stages;

import dev.millrace.features.ItemRows;
import dev.millrace.features.UserProfile;
import dev.millrace.kernels.TopK;
import dev.millrace.recommend.select.MarginalRelevance;

/** Working arrays that stages share one after another; nothing in them outlives a stage. Owned by one request. */
final class Scratch {
    final int[] rows;
    final int[] items;
    final int[][] topics;
    final float[] floats;
    final long[] keys;
    final boolean[] found;
    final ItemRows itemRows = new ItemRows();
    final UserProfile userProfile = new UserProfile();
    final TopK best;
    final MarginalRelevance relevance;
    float[] vectors = {};

    Scratch(int capacity) {
        rows = new int[capacity];
        items = new int[capacity];
        topics = new int[capacity][];
        floats = new float[capacity];
        keys = new long[capacity];
        found = new boolean[capacity];
        best = new TopK(capacity);
        relevance = new MarginalRelevance(capacity);
    }

    /** Room for so many floats; the content is garbage. */
    float[] vectors(int size) {
        if (vectors.length < size) {
            vectors = new float[size];
        }
        return vectors;
    }
}
