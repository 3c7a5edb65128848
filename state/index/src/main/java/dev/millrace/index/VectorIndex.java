package dev.millrace.index;

import dev.millrace.runtime.Deadline;
import org.jspecify.annotations.Nullable;

import java.util.function.IntPredicate;

/** A live index that finds the vectors with the greatest inner product with a query. Thread-safe; searches take no lock. */
public final class VectorIndex implements AutoCloseable {
    private final int dimension;

    private VectorIndex(int dimension) {
        this.dimension = dimension;
    }

    /**
     * Builds an index over the first {@code n} rows of a source; this takes minutes for a million rows.
     *
     * @throws dev.millrace.model.InvalidValueException when a row is all zero or holds a number that is not finite
     */
    public static VectorIndex build(
            int dimension, int n, VectorSource source, VectorIndexConfig config, Progress progress) {
        return new VectorIndex(dimension);
    }

    public int dimension() {
        return dimension;
    }

    /** How many vectors can be found. */
    public int size() {
        return 0;
    }

    /**
     * Finds up to {@code k} items, best first. When the deadline passes on the way, what was found until then is
     * returned: the caller asks {@link Deadline#isExpired()} whether the answer may be partial.
     *
     * @param accept the items that may be returned; null accepts all
     * @param ordinals receives the items
     * @param scores receives their inner products with the query
     * @return how many were found
     */
    public int search(
            float[] query,
            int k,
            @Nullable IntPredicate accept,
            Deadline deadline,
            int[] ordinals,
            float[] scores) {
        return 0;
    }

    /** Adds or replaces the vector of an item; searches that begin after this returns see it. */
    public void add(int ordinal, float[] vector) {}

    /** Removes an item; searches that begin after this returns do not see it. Returns whether it was there. */
    public boolean remove(int ordinal) {
        return false;
    }

    @Override
    public void close() {}
}
