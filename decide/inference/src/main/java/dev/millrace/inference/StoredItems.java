package dev.millrace.inference;

import ai.onnxruntime.OnnxTensor;
import ai.onnxruntime.OrtException;
import dev.millrace.storage.FoundRows;
import dev.millrace.storage.RowMatrix;
import dev.millrace.storage.RowTable;
import org.jspecify.annotations.Nullable;

import java.lang.foreign.MemorySegment;
import java.util.Arrays;

/**
 * Items in a table of the store, whose memory is the tensor: within the table's budget, and never half of two vectors unnoticed.
 *
 * <p>The graph stands for what is not known, and for padding, with row 0: the first slot of the table, which is the first that an
 * empty one gives out, and is never written again.
 */
final class StoredItems implements RankerItems {
    /** The row of nothing, and a slot for the new vector of an item while its old one still lies in another. */
    private static final int BESIDE_ITEMS = 2;

    private final RowTable table;
    private final TableTensor tensor;
    private final long mostItems;
    private final float[] present;
    private volatile boolean full;

    private StoredItems(RowTable table, TableTensor tensor, long mostItems) {
        this.table = table;
        this.tensor = tensor;
        this.mostItems = Math.min(mostItems, tensor.rows() - BESIDE_ITEMS);
        this.present = new float[table.rowBytes() / Float.BYTES];
    }

    /**
     * Items in an empty table of rows as long as vectors.
     *
     * @return null where the graph cannot gather from the table: its rows are in pieces, or its slots wider than they are
     */
    static @Nullable StoredItems in(MultiTaskRanker.ItemRoom room, RuntimeSession session) throws OrtException {
        RowTable table = room.table();
        RowMatrix matrix = table.matrix();
        if (matrix == null || matrix.pitch() != table.rowBytes()) {
            return null;
        }
        table.put(NOTHING, MemorySegment.ofArray(new float[table.rowBytes() / Float.BYTES]), 0);
        FoundRows nothing = new FoundRows(1);
        matrix.find(new long[] {NOTHING}, 1, nothing);
        if (nothing.slots()[0] != NOTHING_ROW || table.size() != 1) {
            throw new IllegalArgumentException(
                    "the table of a ranker's items has " + (table.size() - 1) + " rows; give an empty one");
        }
        return new StoredItems(table, TableTensor.over(matrix, session), room.maxItems());
    }

    @Override
    public OnnxTensor tensor() {
        return tensor.tensor();
    }

    @Override
    public void find(long[] items, int count, FoundRows found, long[] rows) {
        tensor.matrix().find(items, count, found);
        long[] slots = found.slots();
        for (int i = 0; i < count; i++) {
            rows[i] = slots[i] < 0 || slots[i] >= tensor.rows() ? NOTHING_ROW : slots[i];
        }
    }

    @Override
    public boolean areUnchanged(FoundRows found) {
        return tensor.matrix().areUnchanged(found);
    }

    @Override
    public synchronized void undisturbed(Runnable call) {
        call.run();
    }

    /** One that the item has already is not written again, since that would make calls look again. */
    @Override
    public synchronized boolean put(int item, float[] vector) {
        boolean known = table.get(item, MemorySegment.ofArray(present), 0);
        if (known && Arrays.equals(present, vector)) {
            return true;
        }
        if (!known && count() >= mostItems) {
            full = true;
            return false;
        }
        table.put(item, MemorySegment.ofArray(vector), 0);
        return true;
    }

    @Override
    public long count() {
        return table.size() - 1; // but nothing
    }

    @Override
    public boolean isFull() {
        return full;
    }

    @Override
    public void close() {
        tensor.close();
    }
}
