package dev.millrace.index;

import org.apache.lucene.store.ByteBuffersDirectory;

import java.io.IOException;
import java.util.List;

/** The vectors of full buffers and young segments that still count, gathered for one new segment. Owned by one thread. */
final class VectorMerge implements LuceneGraphs.Rows {
    private final VectorLiveness live;
    private final float[][] vectors;
    private final int[] ordinals;
    private final int[] sequences;
    private int size;

    VectorMerge(int dimension, VectorLiveness live, List<VectorSegment> segments, List<VectorDelta> buffers) {
        this.live = live;
        int most = segments.stream().mapToInt(VectorSegment::size).sum()
                + buffers.stream().mapToInt(VectorDelta::size).sum();
        vectors = new float[most][];
        ordinals = new int[most];
        sequences = new int[most];
        for (VectorSegment segment : segments) {
            for (int row = 0; row < segment.size(); row++) {
                if (keep(segment.ordinal(row), segment.sequence(row))) {
                    segment.vector(row, next(dimension));
                }
            }
        }
        for (VectorDelta buffer : buffers) {
            for (int row = 0; row < buffer.size(); row++) {
                if (keep(buffer.ordinal(row), buffer.sequence(row))) {
                    buffer.vector(row, next(dimension));
                }
            }
        }
    }

    /** Builds the segment; none when no vector counts any more. */
    List<VectorSegment> build(int dimension, VectorIndexConfig config) throws IOException {
        if (size == 0) {
            return List.of();
        }
        try (ByteBuffersDirectory directory = new ByteBuffersDirectory()) {
            LuceneGraphs.build(directory, dimension, size, this, config.withBuildThreads(1), Progress.none());
            return List.of(LuceneGraphs.read(directory, dimension));
        }
    }

    @Override
    public int ordinal(int row) {
        return ordinals[row];
    }

    @Override
    public int sequence(int row) {
        return sequences[row];
    }

    @Override
    public void vector(int row, float[] into) {
        System.arraycopy(vectors[row], 0, into, 0, into.length);
    }

    /** How many young segments go into a merge of the given number of vectors: while at most twice what they join. */
    static int youngSegments(List<VectorSegment> segments, int base, int vectors) {
        int gathered = vectors;
        int count = 0;
        for (int i = segments.size() - 1; i >= base && segments.get(i).size() <= 2L * gathered; i--) {
            gathered += segments.get(i).size();
            count++;
        }
        return count;
    }

    private float[] next(int dimension) {
        float[] vector = new float[dimension];
        vectors[size++] = vector;
        return vector;
    }

    private boolean keep(int ordinal, int sequence) {
        if (!live.isCurrent(ordinal, sequence)) {
            return false;
        }
        ordinals[size] = ordinal;
        sequences[size] = sequence;
        return true;
    }
}
