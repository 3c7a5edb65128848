package dev.millrace.index;

import java.util.SplittableRandom;

/** Seeded vectors as a trained model makes them: topics of low rank with some noise, of differing lengths. */
final class Clusters implements VectorSource {
    private static final int RANK = 24;
    private static final int CENTRES = 200;

    final int dimension;
    final float[][] vectors;
    private final SplittableRandom random;
    private final float[][] projection;
    private final float[][] centres;

    Clusters(long seed, int n, int dimension) {
        this.dimension = dimension;
        random = new SplittableRandom(seed);
        projection = gaussian(RANK, dimension);
        centres = gaussian(CENTRES, RANK);
        vectors = new float[n][];
        for (int i = 0; i < n; i++) {
            vectors[i] = next();
        }
    }

    float[] next() {
        float[] centre = centres[random.nextInt(CENTRES)];
        float length = (float) (Math.exp(0.2 * random.nextGaussian()) / Math.sqrt(RANK));
        float[] vector = new float[dimension];
        for (int i = 0; i < RANK; i++) {
            float z = centre[i] + 0.6f * (float) random.nextGaussian();
            for (int j = 0; j < dimension; j++) {
                vector[j] += z * projection[i][j];
            }
        }
        for (int j = 0; j < dimension; j++) {
            vector[j] = length * (vector[j] + 0.1f * (float) random.nextGaussian());
        }
        return vector;
    }

    @Override
    public int ordinal(int row) {
        return row;
    }

    @Override
    public void vector(int row, float[] into) {
        System.arraycopy(vectors[row], 0, into, 0, dimension);
    }

    private float[][] gaussian(int rows, int columns) {
        float[][] numbers = new float[rows][columns];
        for (float[] row : numbers) {
            for (int j = 0; j < columns; j++) {
                row[j] = (float) random.nextGaussian();
            }
        }
        return numbers;
    }
}
