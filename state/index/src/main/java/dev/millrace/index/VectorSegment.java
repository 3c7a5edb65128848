package dev.millrace.index;

import dev.millrace.kernels.TopK;
import dev.millrace.runtime.Deadline;
import org.jspecify.annotations.Nullable;

import java.util.Arrays;
import java.util.function.IntPredicate;

/**
 * Vectors that were indexed together, with the graph that leads to the best of them. Immutable.
 *
 * <p>A search goes down the levels greedily to a good entry and then, on level 0, always on from the best node not yet
 * tried, until that one is worse than the worst of a full beam. Nodes that may not be returned still lead the way. The way
 * is found on vectors in one byte a dimension; those in the beam at its end are scored again, exactly.
 */
final class VectorSegment {
    private static final int DEADLINE_NODES = 32;
    private static final int DEADLINE_ROWS = 4_096;

    private final VectorRows rows;
    /** By row, the ordinal in the high half and the sequence in the low half: both are asked for together. */
    private final long[] entries;

    private final @Nullable NeighbourGraph graph;

    /**
     * @param sequences the number under which each vector was added, by which a replaced one is recognised
     * @param graph null for so few vectors that looking at each is quicker
     */
    VectorSegment(VectorRows rows, int[] ordinals, int[] sequences, @Nullable NeighbourGraph graph) {
        this.rows = rows;
        entries = new long[ordinals.length];
        Arrays.setAll(entries, row -> (long) ordinals[row] << 32 | sequences[row]);
        this.graph = graph;
    }

    int size() {
        return entries.length;
    }

    int ordinal(int row) {
        return (int) (entries[row] >>> 32);
    }

    int sequence(int row) {
        return (int) entries[row];
    }

    void vector(int row, float[] into) {
        rows.get(row, into);
    }

    /** Offers the best that a beam of the given width finds. */
    void search(
            float[] query,
            int beamWidth,
            VectorLiveness live,
            @Nullable IntPredicate accept,
            Deadline deadline,
            VectorScratch scratch,
            TopK into) {
        if (graph == null) {
            scan(query, live, accept, deadline, into);
            return;
        }
        scratch.prepare(size(), beamWidth);
        TopK beam = scratch.beam;
        int entry = descend(graph, query, scratch);
        scratch.visit(entry);
        float score = rows.approximateDot(query, entry);
        scratch.candidates.push(entry, score);
        collect(entry, score, live, accept, beam);
        for (int tried = 1; !scratch.candidates.isEmpty(); tried++) {
            if (scratch.candidates.topScore() < beam.threshold()
                    || (tried % DEADLINE_NODES == 0 && deadline.isExpired())) {
                break;
            }
            expand(graph, query, live, accept, scratch);
        }
        offerExact(query, scratch, into);
    }

    /** Replaces the approximate scores of the beam by exact ones. */
    private void offerExact(float[] query, VectorScratch scratch, TopK into) {
        int found = scratch.beam.drain(scratch.keys, scratch.scores);
        scratch.sink += rows.dots(query, scratch.keys, found, scratch.scores);
        for (int i = 0; i < found; i++) {
            into.offer(ordinal(scratch.keys[i]), scratch.scores[i]);
        }
    }

    private void scan(float[] query, VectorLiveness live, @Nullable IntPredicate accept, Deadline deadline, TopK into) {
        for (int row = 0; row < entries.length; row++) {
            if ((row & (DEADLINE_ROWS - 1)) == DEADLINE_ROWS - 1 && deadline.isExpired()) {
                return;
            }
            if (isWanted(row, live, accept)) {
                into.offer(ordinal(row), rows.dot(query, row));
            }
        }
    }

    private int descend(NeighbourGraph from, float[] query, VectorScratch scratch) {
        int best = from.entryNode();
        float bestScore = rows.approximateDot(query, best);
        for (int level = from.levels() - 1; level > 0; level--) {
            for (boolean better = true; better; ) {
                better = false;
                int count = from.neighbours(level, best, scratch.batch);
                scratch.sink += rows.approximateDots(query, scratch.batch, count, scratch.products);
                for (int i = 0; i < count; i++) {
                    if (scratch.products[i] > bestScore) {
                        bestScore = scratch.products[i];
                        best = scratch.batch[i];
                        better = true;
                    }
                }
            }
        }
        return best;
    }

    private void expand(
            NeighbourGraph from,
            float[] query,
            VectorLiveness live,
            @Nullable IntPredicate accept,
            VectorScratch scratch) {
        int all = from.neighbours(0, scratch.candidates.pop(), scratch.batch);
        int count = 0;
        for (int i = 0; i < all; i++) {
            int node = scratch.batch[i];
            if (scratch.visit(node)) {
                scratch.batch[count++] = node;
            }
        }
        scratch.sink += rows.approximateDots(query, scratch.batch, count, scratch.products);
        for (int i = 0; i < count; i++) {
            float score = scratch.products[i];
            if (score > scratch.beam.threshold()) {
                scratch.candidates.push(scratch.batch[i], score);
                collect(scratch.batch[i], score, live, accept, scratch.beam);
            }
        }
    }

    private void collect(int row, float score, VectorLiveness live, @Nullable IntPredicate accept, TopK beam) {
        if (isWanted(row, live, accept)) {
            beam.offer(row, score);
        }
    }

    private boolean isWanted(int row, VectorLiveness live, @Nullable IntPredicate accept) {
        long entry = entries[row];
        int ordinal = (int) (entry >>> 32);
        return live.isCurrent(ordinal, (int) entry) && (accept == null || accept.test(ordinal));
    }
}
