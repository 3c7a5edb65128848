package dev.millrace.recommend.live;

import dev.millrace.features.Catalog;
import dev.millrace.index.VectorSource;
import dev.millrace.kernels.VectorMath;
import dev.millrace.models.Bundle;
import dev.millrace.models.ItemVectors;
import dev.millrace.storage.RowTable;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

import java.io.IOException;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.util.BitSet;
import java.util.HashMap;
import java.util.Map;

/**
 * The vectors of all items: trained ones, and for items that are new to the model the mean of their topics' centroids.
 * Filled by the building thread; changed under the lock of the {@link LiveModel} that owns it; read by any thread.
 */
final class ItemTable implements AutoCloseable {
    private static final Logger log = LoggerFactory.getLogger(ItemTable.class);

    /** The part of its length by which a vector may move before the index learns of it. */
    private static final double NOTABLE_MOVE = 0.05;

    private final VectorTable vectors;
    private final RowTable table;
    private final ItemVectors trained;
    private final TopicCentroids centroids;
    private final int dimension;
    /** The items that the index finds. */
    private final BitSet searchable = new BitSet();

    private boolean toldFull;
    private OnlineChanges changes;
    /** What was added to the vectors that the index has, of those that differ from the trained ones. */
    private final Map<Integer, float[]> indexedShifts = new HashMap<>();
    /** The items whose rows have a shift added, be it of a delta that was not taken over to the end. */
    private final BitSet shifted = new BitSet();

    private ItemTable(String version, VectorTable vectors, ItemVectors trained, TopicCentroids centroids) {
        this.changes = OnlineChanges.none(version, trained.dimension());
        this.vectors = vectors;
        this.table = vectors.rows();
        this.trained = trained;
        this.centroids = centroids;
        this.dimension = trained.dimension();
    }

    /** @param vectors an empty table, which the new one gives back when it is closed */
    static ItemTable fill(Bundle bundle, Catalog catalog, int[] vocabulary, VectorTable vectors) throws IOException {
        int dimension = bundle.dimension();
        TopicCentroids centroids = new TopicCentroids(catalog.topicCount(), dimension);
        ItemTable items = new ItemTable(bundle.version(), vectors, bundle.itemVectors(), centroids);
        float[] vector = new float[dimension];
        for (int item = 0; item < vocabulary.length; item++) {
            if (vocabulary[item] >= 0) {
                items.trained.read(vocabulary[item], vector);
                centroids.add(catalog.topics(item), vector);
            }
        }
        for (int item = 0; item < vocabulary.length; item++) {
            if (catalog.item(item) != null) {
                items.place(item, vocabulary[item], catalog.topics(item), true);
            }
        }
        return items;
    }

    RowTable table() {
        return table;
    }

    boolean has(int item) {
        return table.get(item, MemorySegment.ofArray(new float[dimension]), 0);
    }

    /**
     * Stores an item's vector; where the table is full, a new item stays without one.
     *
     * @param isDescribed whether the item itself may have changed, and not only what was learnt of it
     * @return the vector where the index should find the item from now on, else null
     */
    float @Nullable [] place(int item, int number, int[] topics, boolean isDescribed) {
        if (table.size() >= vectors.maxItems() && !has(item)) {
            tellFull();
            return null;
        }
        float[] vector = new float[dimension];
        boolean telling = true;
        if (number >= 0) {
            trained.read(number, vector);
        } else {
            telling = centroids.estimate(topics, vector);
        }
        float[] shift = changes.shift(item);
        if (shift != null) {
            VectorMath.axpy(1, shift, vector, dimension);
        }
        table.put(item, MemorySegment.ofArray(vector), 0);
        shifted.set(item, shift != null);
        // The index refuses a zero vector, and one that says nothing of its item would only crowd it.
        if (!telling || VectorMath.norm(vector, 0, dimension) == 0) {
            return null;
        }
        boolean unchanged = (number >= 0 || !isDescribed) && searchable.get(item) && !hasMoved(item, shift, vector);
        searchable.set(item);
        if (unchanged) {
            return null;
        }
        if (shift == null) {
            indexedShifts.remove(item);
        } else {
            indexedShifts.put(item, shift);
        }
        return vector;
    }

    /** From here on, vectors are placed with these changes. */
    void changes(OnlineChanges next) {
        changes = next;
    }

    /** The items whose rows have a shift added, in ascending order. */
    int[] shifted() {
        return shifted.stream().toArray();
    }

    /** Whether the index should hear of it: what moved a little is found where it was, and moving it costs a new entry. */
    private boolean hasMoved(int item, float @Nullable [] shift, float[] vector) {
        float[] indexed = indexedShifts.get(item);
        double squares = 0;
        for (int i = 0; i < dimension; i++) {
            double moved = (shift == null ? 0 : shift[i]) - (indexed == null ? 0 : indexed[i]);
            squares += moved * moved;
        }
        return Math.sqrt(squares) > NOTABLE_MOVE * VectorMath.norm(vector, 0, dimension);
    }

    private void tellFull() {
        if (!toldFull) {
            toldFull = true;
            log.warn(
                    "the table of item vectors is full with {} items; later items stay without a vector: give"
                            + " store.item-vectors.memory more",
                    vectors.maxItems());
        }
    }

    void forgetSearchable(int item) {
        searchable.clear(item);
    }

    int searchableCount() {
        return searchable.cardinality();
    }

    /** The searchable rows, for the first build of the index. */
    VectorSource searchable() {
        int[] ordinals = searchable.stream().toArray();
        MemorySegment row = MemorySegment.ofArray(new float[dimension]);
        return new VectorSource() {
            @Override
            public int ordinal(int at) {
                return ordinals[at];
            }

            @Override
            public void vector(int at, float[] into) {
                table.get(ordinals[at], row, 0);
                MemorySegment.copy(row, ValueLayout.JAVA_FLOAT, 0, into, 0, dimension);
            }
        };
    }

    @Override
    public void close() {
        vectors.close();
    }
}
