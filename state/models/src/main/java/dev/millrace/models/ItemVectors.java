package dev.millrace.models;

/** A matrix of item vectors, one row per item of the vocabulary, that is read row by row. */
public interface ItemVectors {
    int count();

    int dimension();

    /** Copies row {@code item} to {@code into}, which has at least {@link #dimension()} elements. */
    void read(int item, float[] into);

    /** How they are to be kept in a bundle. */
    default VectorEncoding encoding() {
        return VectorEncoding.FP32;
    }

    /** Rows that lie one after another in {@code values}; the array is kept, not copied. */
    static ItemVectors of(float[] values, int dimension) {
        if (dimension < 1 || values.length % dimension != 0) {
            throw new IllegalArgumentException(
                    values.length + " floats are not a whole number of rows of dimension " + dimension);
        }
        return new ItemVectors() {
            @Override
            public int count() {
                return values.length / dimension;
            }

            @Override
            public int dimension() {
                return dimension;
            }

            @Override
            public void read(int item, float[] into) {
                System.arraycopy(values, item * dimension, into, 0, dimension);
            }
        };
    }
}
