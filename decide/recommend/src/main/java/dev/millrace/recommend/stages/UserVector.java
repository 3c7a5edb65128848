package dev.millrace.recommend.stages;

/** The user in the space of the item vectors, where the history holds something that the model knows. Owned by one request. */
public final class UserVector {
    private float[] values = {};
    private boolean known;

    /** Forgets the vector, and makes room for one of the given dimension. */
    float[] reset(int dimension) {
        if (values.length != dimension) {
            values = new float[dimension];
        }
        known = false;
        return values;
    }

    void markKnown() {
        known = true;
    }

    public boolean isKnown() {
        return known;
    }

    float[] values() {
        return values;
    }
}
