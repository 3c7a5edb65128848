package dev.millrace.models;

/** Item vectors in one array. */
@SuppressWarnings("ArrayRecordComponent") // a view, never compared
record ArrayItemVectors(float[] values, int dimension) implements ItemVectors {
    @Override
    public int count() {
        return values.length / dimension;
    }

    @Override
    public void read(int item, float[] into) {
        System.arraycopy(values, item * dimension, into, 0, dimension);
    }
}
