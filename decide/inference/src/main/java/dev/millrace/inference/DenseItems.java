package dev.millrace.inference;

import ai.onnxruntime.OnnxTensor;
import ai.onnxruntime.OrtException;
import dev.millrace.storage.FoundRows;

import java.nio.FloatBuffer;
import java.util.ArrayList;
import java.util.List;

/**
 * Items of worlds without a store, and the reference: a tensor that grows, in memory that no budget counts. The item of an ordinal
 * has the row behind its number.
 *
 * <p>A larger table takes the place of a full one, twice its size; calls under way go on with the one they began with, which is
 * freed at the end. A vector that is replaced while it is read may be half of either.
 */
final class DenseItems implements RankerItems {
    private static final int LEAST_ROWS = 1024;
    /** A buffer of Java holds at most 2 GiB. */
    private static final int MOST_FLOATS = Integer.MAX_VALUE / Float.BYTES;

    private final RuntimeSession session;
    private final int dimension;
    private final List<Table> tables = new ArrayList<>();
    private volatile Table current;
    private int count;

    /** A tensor and the memory that it wraps. */
    private record Table(OnnxTensor tensor, FloatBuffer values, int rows) {
        /** That of nothing for one that has no vector yet. */
        long row(long item) {
            return item < 0 || item + 1 >= rows ? NOTHING_ROW : item + 1;
        }
    }

    DenseItems(RuntimeSession session, int dimension) {
        this.session = session;
        this.dimension = dimension;
        this.current = table(LEAST_ROWS);
    }

    @Override
    public OnnxTensor tensor() {
        return current.tensor;
    }

    @Override
    public void find(long[] items, int count, FoundRows found, long[] rows) {
        Table table = current;
        for (int i = 0; i < count; i++) {
            rows[i] = table.row(items[i]);
        }
    }

    @Override
    public boolean areUnchanged(FoundRows found) {
        return true;
    }

    @Override
    public void undisturbed(Runnable call) {
        call.run();
    }

    @Override
    public synchronized boolean put(int item, float[] vector) {
        Table table = current;
        while (item + 1 >= table.rows) {
            table = grown(table);
        }
        table.values.put((item + 1) * dimension, vector, 0, dimension);
        count = Math.max(count, item + 1);
        current = table; // written after the values: whoever sees the table sees them
        return true;
    }

    /** Up to the item of the highest number. */
    @Override
    public synchronized long count() {
        return count;
    }

    /** It grows. */
    @Override
    public boolean isFull() {
        return false;
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
