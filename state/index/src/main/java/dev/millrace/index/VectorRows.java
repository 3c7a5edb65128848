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
    /** Each row again in one byte a dimension: finding the way takes thousands of rows, of which few are returned. */
    private final byte[][] codes;

    private final float[][] scales;

    VectorRows(int dimension, int capacity) {
        this.dimension = dimension;
        int blockCount = (capacity + BLOCK_MASK) >>> BLOCK_SHIFT;
        blocks = new float[blockCount][];
        codes = new byte[blockCount][];
        scales = new float[blockCount][];
    }

    int dimension() {
        return dimension;
    }

    void set(int row, float[] vector) {
        int block = row >>> BLOCK_SHIFT;
        if (blocks[block] == null) {
            codes[block] = new byte[dimension << BLOCK_SHIFT];
            scales[block] = new float[1 << BLOCK_SHIFT];
            blocks[block] = new float[dimension << BLOCK_SHIFT];
        }
        System.arraycopy(vector, 0, blocks[block], (row & BLOCK_MASK) * dimension, dimension);
        encode(vector, block, row & BLOCK_MASK);
    }

    void get(int row, float[] into) {
        System.arraycopy(blocks[row >>> BLOCK_SHIFT], (row & BLOCK_MASK) * dimension, into, 0, dimension);
    }

    float dot(float[] query, int row) {
        return VectorMath.dot(query, 0, blocks[row >>> BLOCK_SHIFT], (row & BLOCK_MASK) * dimension, dimension);
    }

    /** The product with the row's code: near {@link #dot}, for a quarter of the bytes to be brought from memory. */
    float approximateDot(float[] query, int row) {
        int block = row >>> BLOCK_SHIFT;
        int at = row & BLOCK_MASK;
        return scales[block][at] * VectorMath.dot(query, 0, codes[block], at * dimension, dimension);
    }

    /**
     * Computes the approximate products with many rows. The first pass reads one number of each row, and as these reads do not wait
     * for each other, the rows come from memory together instead of one by one.
     *
     * @return a number without meaning, which keeps the first pass from being optimised away
     */
    float approximateDots(float[] query, int[] rows, int count, float[] products) {
        int touched = 0;
        float scaled = 0;
        for (int i = 0; i < count; i++) {
            int row = rows[i];
            byte[] block = codes[row >>> BLOCK_SHIFT];
            int at = (row & BLOCK_MASK) * dimension;
            touched += block[at] + block[at + dimension - 1];
            scaled += scales[row >>> BLOCK_SHIFT][row & BLOCK_MASK];
        }
        for (int i = 0; i < count; i++) {
            products[i] = approximateDot(query, rows[i]);
        }
        return touched + scaled;
    }

    /** Computes the exact products with many rows, as {@link #approximateDots} does. */
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

    /** Symmetric quantisation: the greatest number of the row is ±127. */
    private void encode(float[] vector, int block, int at) {
        float greatest = 0;
        for (int i = 0; i < dimension; i++) {
            greatest = Math.max(greatest, Math.abs(vector[i]));
        }
        float scale = greatest / Byte.MAX_VALUE;
        scales[block][at] = scale;
        for (int i = 0; i < dimension; i++) {
            codes[block][at * dimension + i] = (byte) Math.round(vector[i] / scale);
        }
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
