package dev.millrace.kernels;

/**
 * The k pairs (key, score) with the highest scores among those offered; of equal scores the smaller key wins, so the
 * result does not depend on the order of offers. Reusable; owned by one thread.
 *
 * <p>A binary min-heap over two arrays: an offer below the worst kept pair costs one comparison, any other O(log k).
 */
public final class TopK {
    private final int[] keys;
    private final float[] scores;
    private int limit;
    private int size;

    /** @param capacity the largest k that {@link #reset} may ask for */
    public TopK(int capacity) {
        if (capacity < 1) {
            throw new IllegalArgumentException("capacity is " + capacity + "; give at least 1");
        }
        keys = new int[capacity];
        scores = new float[capacity];
        limit = capacity;
    }

    /** Forgets everything and keeps the best {@code k} from now on; k must be between 1 and the capacity. */
    public TopK reset(int k) {
        if (k < 1 || k > keys.length) {
            throw new IllegalArgumentException("k is " + k + "; give 1 to " + keys.length);
        }
        limit = k;
        size = 0;
        return this;
    }

    /** Offers a pair; NaN counts as the lowest score. Returns whether it is among the best for now. */
    public boolean offer(int key, float score) {
        float rank = Float.isNaN(score) ? Float.NEGATIVE_INFINITY : score;
        if (size < limit) {
            siftUp(size++, key, rank);
            return true;
        }
        if (!isWorse(keys[0], scores[0], key, rank)) {
            return false;
        }
        siftDown(key, rank);
        return true;
    }

    public int size() {
        return size;
    }

    /** The score that a new pair must beat; negative infinity while there is room. */
    public float threshold() {
        return size < limit ? Float.NEGATIVE_INFINITY : scores[0];
    }

    /**
     * Moves the pairs out, best first, and leaves this empty.
     *
     * @return how many were written from index 0 of both arrays
     */
    public int drain(int[] intoKeys, float[] intoScores) {
        int count = size;
        while (size > 0) {
            int last = size - 1;
            intoKeys[last] = keys[0];
            intoScores[last] = scores[0];
            size = last;
            if (size > 0) {
                siftDown(keys[size], scores[size]);
            }
        }
        return count;
    }

    private void siftUp(int from, int key, float score) {
        int hole = from;
        while (hole > 0) {
            int parent = (hole - 1) >>> 1;
            if (!isWorse(key, score, keys[parent], scores[parent])) {
                break;
            }
            keys[hole] = keys[parent];
            scores[hole] = scores[parent];
            hole = parent;
        }
        keys[hole] = key;
        scores[hole] = score;
    }

    private void siftDown(int key, float score) {
        int hole = 0;
        for (int child = 1; child < size; child = 2 * hole + 1) {
            if (child + 1 < size && isWorse(keys[child + 1], scores[child + 1], keys[child], scores[child])) {
                child++;
            }
            if (!isWorse(keys[child], scores[child], key, score)) {
                break;
            }
            keys[hole] = keys[child];
            scores[hole] = scores[child];
            hole = child;
        }
        keys[hole] = key;
        scores[hole] = score;
    }

    private static boolean isWorse(int key, float score, int otherKey, float otherScore) {
        return score < otherScore || (score == otherScore && key > otherKey);
    }
}
