package dev.millrace.index;

/** The rows from which a vector index is built; read once, in order, by the building thread. */
public interface VectorSource {
    /** The ordinal of the item whose vector is row {@code row}; no two rows share one. */
    int ordinal(int row);

    /** Copies row {@code row} into {@code into}, whose length is the index's dimension. */
    void vector(int row, float[] into);
}
