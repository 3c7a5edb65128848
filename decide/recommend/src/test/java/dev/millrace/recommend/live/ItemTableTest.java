package dev.millrace.recommend.live;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertNotNull;
import static org.junit.jupiter.api.Assertions.assertNull;

import dev.millrace.features.Catalog;
import dev.millrace.features.FeatureState;
import dev.millrace.features.FeaturesConfig;
import dev.millrace.model.Event;
import dev.millrace.model.EventId;
import dev.millrace.model.Item;
import dev.millrace.model.ItemId;
import dev.millrace.models.Bundle;
import dev.millrace.models.BundleContent;
import dev.millrace.models.BundleWriter;
import dev.millrace.models.Vocabulary;
import dev.millrace.models.delta.ItemChange;
import dev.millrace.models.delta.ModelDelta;
import dev.millrace.models.graph.RandomTransformer;
import dev.millrace.models.graph.TransformerBundle;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

import java.io.IOException;
import java.nio.file.Path;
import java.time.Instant;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.stream.IntStream;

class ItemTableTest {
    private static final int TRAINED = 6;
    private static final int DIMENSION = 8;
    /** The item that the model does not know. */
    private static final int NEW = TRAINED;

    private Catalog catalog;
    private Bundle bundle;
    private ItemTable table;

    @BeforeEach
    void fill(@TempDir Path directory) throws IOException {
        FeatureState state = new FeatureState(FeaturesConfig.defaults());
        for (int i = 0; i <= TRAINED; i++) {
            Item item = new Item(new ItemId("i" + i), "", List.of("t"), Map.of(), Instant.EPOCH, true);
            state.apply(i, new Event.ItemUpserted(new EventId("e" + i), Instant.EPOCH, item));
        }
        catalog = state.catalog();
        Vocabulary vocabulary = new Vocabulary(
                IntStream.range(0, TRAINED).mapToObj(i -> new ItemId("i" + i)).toList());
        BundleWriter.write(
                directory.resolve("bundle"),
                TransformerBundle.of(
                        RandomTransformer.weights(new RandomTransformer.Sizes(TRAINED, DIMENSION, 2, 1, 5), 3),
                        vocabulary,
                        Instant.EPOCH,
                        new BundleContent.Evidence(Map.of(), Map.of(), List.of())));
        bundle = Bundle.open(directory.resolve("bundle"));
        int[] numbers = IntStream.rangeClosed(0, TRAINED).toArray();
        numbers[NEW] = -1;
        table = ItemTable.fill(bundle, catalog, numbers, new MemoryVectors(100).make(bundle.dimension()));
    }

    @AfterEach
    void close() {
        table.close();
    }

    private void learn(long sequence, float shift, String... items) {
        float[] shifts = new float[DIMENSION];
        shifts[0] = shift;
        List<ItemChange> changes = Arrays.stream(items)
                .map(item -> new ItemChange(new ItemId(item), 0, shifts))
                .toList();
        ModelDelta delta = new ModelDelta(
                bundle.version(),
                sequence,
                ModelDelta.Cause.LEARNED,
                0,
                new float[DIMENSION],
                changes,
                new TreeMap<>(),
                ModelDelta.Heads.none());
        table.changes(OnlineChanges.of(delta, catalog));
    }

    private float @Nullable [] place(boolean isDescribed) {
        return table.place(NEW, -1, catalog.topics(NEW), isDescribed);
    }

    @Test
    void itemNewToTheModel_isIndexedAnewWhereItChangedOrMoved_andNotWithEachDelta() {
        learn(1, 100, "i" + NEW);
        assertNotNull(place(false), "it moved far");
        learn(2, 100.001f, "i" + NEW);
        assertNull(place(false), "it hardly moved");
        assertNotNull(place(true), "its topics may be others");
    }

    @Test
    void shifted_areAllItemsWhoseRowsAreNotAsTrained_whateverDeltaLeftThem() {
        learn(1, 1, "i" + NEW, "i1");
        place(false);
        table.place(1, 1, catalog.topics(1), false);
        learn(2, 1, "i1");
        assertArrayEquals(new int[] {1, NEW}, table.shifted());
        place(false);
        assertArrayEquals(new int[] {1}, table.shifted());
    }
}
