package dev.millrace.inference;

import ai.onnxruntime.OnnxTensor;
import ai.onnxruntime.OrtException;

import java.nio.FloatBuffer;
import java.util.ArrayList;
import java.util.List;

/**
 * The vectors of all items as a tensor that grows: row 0 is zero, the item of an ordinal has the row behind its number (any thread
 * reads; writers exclude each other).
 *
 * <p>A larger table takes the place of a full one, twice its size; calls under way go on with the one they began with, which is
 * freed at the end. A vector that is replaced while it is read may be half of either.
 */
final class RankerItems implements AutoCloseable {
    private static final int LEAST_ROWS = 1024;
    /** A buffer of Java holds at most 2 GiB. */
    private static final int MOST_FLOATS = Integer.MAX_VALUE / Float.BYTES;

    private final RuntimeSession session;
    private final int dimension;
    private final List<Table> tables = new ArrayList<>();
    private volatile Table current;

    /** A tensor and the memory that it wraps. */
    record Table(OnnxTensor tensor, FloatBuffer values, int rows) {
        /** The row of an item; that of nothing for one that has no vector yet. */
        int row(int item) {
            return item < 0 || item + 1 >= rows ? 0 : item + 1;
        }
    }

    RankerItems(RuntimeSession session, int dimension) {
        this.session = session;
        this.dimension = dimension;
        this.current = table(LEAST_ROWS);
    }

    Table table() {
        return current;
    }

    synchronized void put(int item, float[] vector) {
        Table table = current;
        while (item + 1 >= table.rows) {
            table = grown(table);
        }
        table.values.put((item + 1) * dimension, vector, 0, dimension);
        current = table; // written after the values: whoever sees the table sees them
    }

    private Table grown(Table full) {
        if (full.rows > MOST_FLOATS / dimension / 2) {
            throw new IllegalStateException("a ranker's table of items is full with " + full.rows + " rows of "
                    + dimension + " floats; use a ranker of fewer dimensions");
        }
        Table next = table(2 * full.rows);
        next.values.put(0, full.values, 0, full.rows * dimension);
        return next;
    }

    private Table table(int rows) {
        FloatBuffer values = EncoderSlot.direct(rows * dimension * Float.BYTES).asFloatBuffer();
        try {
            OnnxTensor tensor = OnnxTensor.createTensor(session.environment(), values, new long[] {rows, dimension});
            Table table = new Table(tensor, values, rows);
            tables.add(table);
            return table;
        } catch (OrtException e) {
            throw new IllegalStateException("a table of " + rows + " items cannot be made: " + e.getMessage(), e);
        }
    }

    @Override
    public synchronized void close() {
        tables.forEach(table -> table.tensor.close());
        tables.clear();
    }
}
