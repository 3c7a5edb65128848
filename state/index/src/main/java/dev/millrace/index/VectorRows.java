package dev.millrace.index;

import dev.millrace.kernels.VectorMath;
import dev.millrace.model.InvalidValueException;

/**
 * Vectors of one dimension by row, in blocks that are allocated as they fill. One writer; a row is visible to those to
 * whom its writer published it afterwards.
 */
final class VectorRows {
    static final int BLOCK_SHIFT = 12;
    static final int BLOCK_MASK = (1 << BLOCK_SHIFT) - 1;

    private final int dimension;
    private final float[][] blocks;

    VectorRows(int dimension, int capacity) {
        this.dimension = dimension;
        blocks = new float[(capacity + BLOCK_MASK) >>> BLOCK_SHIFT][];
    }

    int dimension() {
        return dimension;
    }

    void set(int row, float[] vector) {
        int block = row >>> BLOCK_SHIFT;
        if (blocks[block] == null) {
            blocks[block] = new float[dimension << BLOCK_SHIFT];
        }
        System.arraycopy(vector, 0, blocks[block], (row & BLOCK_MASK) * dimension, dimension);
    }

    void get(int row, float[] into) {
        System.arraycopy(blocks[row >>> BLOCK_SHIFT], (row & BLOCK_MASK) * dimension, into, 0, dimension);
    }

    float dot(float[] query, int row) {
        return VectorMath.dot(query, 0, blocks[row >>> BLOCK_SHIFT], (row & BLOCK_MASK) * dimension, dimension);
    }

    /**
     * Computes the products with many rows. The first pass reads one number of each row, and as these reads do not wait
     * for each other, the rows come from memory together instead of one by one.
     *
     * @return a number without meaning, which keeps the first pass from being optimised away
     */
    float dots(float[] query, int[] rows, int count, float[] products) {
        float touched = 0;
        for (int i = 0; i < count; i++) {
            int row = rows[i];
            touched += blocks[row >>> BLOCK_SHIFT][(row & BLOCK_MASK) * dimension];
        }
        for (int i = 0; i < count; i++) {
            products[i] = dot(query, rows[i]);
        }
        return touched;
    }

    /** Checks a vector that is to be searched or searched for. */
    static void require(String what, float[] vector, int dimension) {
        if (vector.length < dimension) {
            throw new InvalidValueException(what, "has " + vector.length + " dimensions; the index has " + dimension);
        }
        float greatest = 0;
        for (int i = 0; i < dimension; i++) {
            if (!Float.isFinite(vector[i])) {
                throw new InvalidValueException(
                        what, "has " + vector[i] + " at dimension " + i + "; give finite numbers");
            }
            greatest = Math.max(greatest, Math.abs(vector[i]));
        }
        if (greatest == 0) {
            throw new InvalidValueException(what, "is all zero, which is near nothing; leave it out of the index");
        }
    }
}
