package dev.millrace.benchmarks.index;

import dev.millrace.index.VectorSource;

import java.util.SplittableRandom;

/**
 * Seeded vectors like those of a trained model: two thousand clusters in 24 of the 64 dimensions, some noise in all, and
 * lengths that differ by a factor of 1.3 as those of popular and rare items do. Immutable.
 */
final class ClusteredVectors implements VectorSource {
    static final int DIMENSION = 64;
    private static final int RANK = 24;
    private static final int CENTRES = 2_000;
    private static final float SPREAD = 0.6f;
    private static final float NOISE = 0.1f;
    private static final double LENGTHS = 0.25;

    private final float[] vectors;
    private final int n;

    ClusteredVectors(long seed, int n) {
        this.n = n;
        SplittableRandom random = new SplittableRandom(seed);
        float[] projection = gaussian(random, RANK * DIMENSION);
        float[] centres = gaussian(random, CENTRES * RANK);
        vectors = new float[n * DIMENSION];
        for (int i = 0; i < n; i++) {
            fill(random, projection, centres, i * DIMENSION);
        }
    }

    /** A user: the direction of one item, a little of two others, and noise. */
    float[] query(SplittableRandom random) {
        float[] query = new float[DIMENSION];
        addDirection(random.nextInt(n), 1, query);
        addDirection(random.nextInt(n), 0.4f, query);
        addDirection(random.nextInt(n), 0.4f, query);
        for (int j = 0; j < DIMENSION; j++) {
            query[j] += 0.03f * (float) random.nextGaussian();
        }
        return query;
    }

    int size() {
        return n;
    }

    float[] vectors() {
        return vectors;
    }

    @Override
    public int ordinal(int row) {
        return row;
    }

    @Override
    public void vector(int row, float[] into) {
        System.arraycopy(vectors, row * DIMENSION, into, 0, DIMENSION);
    }

    private void fill(SplittableRandom random, float[] projection, float[] centres, int at) {
        int centre = random.nextInt(CENTRES) * RANK;
        double length = Math.exp(LENGTHS * random.nextGaussian());
        for (int i = 0; i < RANK; i++) {
            float z = (centres[centre + i] + SPREAD * (float) random.nextGaussian()) / (float) Math.sqrt(RANK);
            for (int j = 0; j < DIMENSION; j++) {
                vectors[at + j] += z * projection[i * DIMENSION + j];
            }
        }
        for (int j = 0; j < DIMENSION; j++) {
            vectors[at + j] = (float) (length * (vectors[at + j] + NOISE * random.nextGaussian()));
        }
    }

    private void addDirection(int row, float weight, float[] into) {
        double squares = 0;
        for (int j = 0; j < DIMENSION; j++) {
            squares += (double) vectors[row * DIMENSION + j] * vectors[row * DIMENSION + j];
        }
        for (int j = 0; j < DIMENSION; j++) {
            into[j] += (float) (weight * vectors[row * DIMENSION + j] / Math.sqrt(squares));
        }
    }

    private static float[] gaussian(SplittableRandom random, int length) {
        float[] numbers = new float[length];
        for (int i = 0; i < length; i++) {
            numbers[i] = (float) random.nextGaussian();
        }
        return numbers;
    }
}
