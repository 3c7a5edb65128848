package dev.millrace.recommend.live;

import dev.millrace.features.Catalog;
import dev.millrace.index.VectorSource;
import dev.millrace.kernels.VectorMath;
import dev.millrace.models.Bundle;
import dev.millrace.models.ItemVectors;
import dev.millrace.storage.MemoryRowTable;
import dev.millrace.storage.RowTable;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

import java.io.IOException;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.util.BitSet;

/**
 * The vectors of all items: trained ones, and for items that are new to the model the mean of their topics' centroids.
 * Filled by the building thread; changed under the lock of the {@link LiveModel} that owns it; read by any thread.
 */
final class ItemTable implements AutoCloseable {
    private static final Logger log = LoggerFactory.getLogger(ItemTable.class);

    private final RowTable table;
    private final ItemVectors trained;
    private final TopicCentroids centroids;
    private final int dimension;
    /** The items that the index finds. */
    private final BitSet searchable = new BitSet();

    private final int maxItems;
    private boolean toldFull;

    private ItemTable(int maxItems, ItemVectors trained, TopicCentroids centroids) {
        this.table = new MemoryRowTable(trained.dimension() * Float.BYTES, maxItems);
        this.maxItems = maxItems;
        this.trained = trained;
        this.centroids = centroids;
        this.dimension = trained.dimension();
    }

    static ItemTable fill(Bundle bundle, Catalog catalog, int[] vocabulary, int maxItems) throws IOException {
        int dimension = bundle.dimension();
        TopicCentroids centroids = new TopicCentroids(catalog.topicCount(), dimension);
        ItemTable items = new ItemTable(maxItems, bundle.itemVectors(), centroids);
        float[] vector = new float[dimension];
        for (int item = 0; item < vocabulary.length; item++) {
            if (vocabulary[item] >= 0) {
                items.trained.read(vocabulary[item], vector);
                centroids.add(catalog.topics(item), vector);
            }
        }
        for (int item = 0; item < vocabulary.length; item++) {
            if (catalog.item(item) != null) {
                items.place(item, vocabulary[item], catalog.topics(item));
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
     * @return the vector where the index should find the item from now on, else null
     */
    float @Nullable [] place(int item, int number, int[] topics) {
        if (table.size() >= maxItems && !has(item)) {
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
        table.put(item, MemorySegment.ofArray(vector), 0);
        // The index refuses a zero vector, and one that says nothing of its item would only crowd it.
        if (!telling || VectorMath.norm(vector, 0, dimension) == 0) {
            return null;
        }
        boolean unchanged = number >= 0 && searchable.get(item);
        searchable.set(item);
        return unchanged ? null : vector;
    }

    private void tellFull() {
        if (!toldFull) {
            toldFull = true;
            log.warn("the table of item vectors is full with {} items; later items stay without a vector", maxItems);
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
        table.close();
    }
}
