package dev.millrace.recommend.live;

import dev.millrace.kernels.VectorMath;

import java.util.Arrays;

/**
 * The mean vector of the items of each topic: what stands in for the vector of an item that the model was trained
 * without. Filled by the thread that builds a model, immutable afterwards.
 */
final class TopicCentroids {
    private final int dimension;
    private final float[] sums;
    private final int[] counts;
    private final float[] meanSum;
    private int meanCount;

    TopicCentroids(int topics, int dimension) {
        this.dimension = dimension;
        sums = new float[Math.multiplyExact(topics, dimension)];
        counts = new int[topics];
        meanSum = new float[dimension];
    }

    void add(int[] topics, float[] vector) {
        VectorMath.axpy(1, vector, meanSum, dimension);
        meanCount++;
        for (int topic : topics) {
            if (topic < counts.length) {
                VectorMath.axpy(1, vector, 0, sums, topic * dimension, dimension);
                counts[topic]++;
            }
        }
    }

    /**
     * Writes the mean of the centroids of the topics.
     *
     * @return false where no topic is known to the model: then it is the mean of all items
     */
    boolean estimate(int[] topics, float[] into) {
        Arrays.fill(into, 0, dimension, 0);
        int known = 0;
        for (int topic : topics) {
            if (topic < counts.length && counts[topic] > 0) {
                VectorMath.axpy(1f / counts[topic], sums, topic * dimension, into, 0, dimension);
                known++;
            }
        }
        if (known > 0) {
            VectorMath.scale(1f / known, into, dimension);
            return true;
        }
        VectorMath.axpy(meanCount == 0 ? 0 : 1f / meanCount, meanSum, into, dimension);
        return false;
    }
}
