package dev.millrace.benchmarks.features;

import dev.millrace.features.FeatureState;
import dev.millrace.features.FeaturesConfig;
import dev.millrace.features.rows.FeatureTable;
import dev.millrace.features.rows.StoredTables;
import dev.millrace.model.AttributeValue;
import dev.millrace.model.Event;
import dev.millrace.model.EventId;
import dev.millrace.model.Item;
import dev.millrace.model.ItemId;
import dev.millrace.model.User;
import dev.millrace.model.UserId;
import dev.millrace.storage.tiered.StoreConfig;
import dev.millrace.storage.tiered.TableSpec;
import dev.millrace.storage.tiered.TableStat;
import dev.millrace.storage.tiered.TieredStore;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Instant;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;
import java.util.function.IntFunction;

/**
 * Prints what users and items with attributes take of the heap and of the store's memory. Its arguments are an empty or missing directory
 * and how many of each; then it is quiet for some seconds.
 */
public final class FeatureHeap {
    private static final long TABLE_BYTES = 256L << 20;
    private static final int COLLECTIONS = 4;

    private final TieredStore store;
    private final FeatureState state;
    private long offset;

    private FeatureHeap(Path directory) throws IOException {
        Map<FeatureTable, TableSpec> specs = new EnumMap<>(FeatureTable.class);
        for (FeatureTable table : FeatureTable.values()) {
            specs.put(table, table.spec(TABLE_BYTES));
        }
        store = TieredStore.open(directory, StoreConfig.defaults(), List.copyOf(specs.values()));
        state = new FeatureState(FeaturesConfig.defaults(), new StoredTables(store, specs, null));
        state.settle();
    }

    public static void main(String[] arguments) throws IOException {
        Path directory = Files.createDirectories(Path.of(arguments[0]));
        int count = Integer.parseInt(arguments[1]);
        FeatureHeap heap = new FeatureHeap(directory);
        try (TieredStore _ = heap.store) {
            heap.measure("users of whom nothing is said", count, i -> upserted(new User(userId("v", i), Map.of())));
            heap.measure("users with five attributes", count, i -> upserted(new User(userId("u", i), profile(i))));
            heap.measure("items known from an action", count, i -> upserted(bare(i)));
            heap.measure("items with a title, three topics and six attributes", count, i -> upserted(described(i)));
        }
    }

    private void measure(String what, int count, IntFunction<Event> events) {
        long before = used();
        for (int i = 0; i < count; i++) {
            state.apply(offset, events.apply(i));
            offset++;
        }
        System.out.printf("%s: %d bytes of heap each%n", what, (used() - before) / count);
        for (TableStat table : store.stat().tables()) {
            if (table.memory().taken() > 0 && !table.name().contains("@")) {
                System.out.printf(
                        "    table %s: %d rows, %d bytes of memory, %d of index%n",
                        table.name(),
                        table.rows(),
                        table.memory().taken(),
                        table.memory().index());
            }
        }
    }

    private static long used() {
        for (int i = 0; i < COLLECTIONS; i++) {
            System.gc();
        }
        Runtime runtime = Runtime.getRuntime();
        return runtime.totalMemory() - runtime.freeMemory();
    }

    private static Event upserted(User user) {
        return new Event.UserUpserted(new EventId("e"), Instant.EPOCH, user);
    }

    private static Event upserted(Item item) {
        return new Event.ItemUpserted(new EventId("e"), Instant.EPOCH, item);
    }

    private static UserId userId(String kind, int i) {
        return new UserId(kind + "-" + i);
    }

    private static Map<String, AttributeValue> profile(int i) {
        return Map.of(
                text("country"), new AttributeValue.Text(text("country-" + i % 90)),
                text("language"), new AttributeValue.Text(text("language-" + i % 40)),
                text("age"), new AttributeValue.Numeric(18 + i % 60),
                text("premium"), new AttributeValue.Flag(i % 9 == 0),
                text("interests"),
                        new AttributeValue.Texts(List.of(text("topic-" + i % 200), text("topic-" + i % 77))));
    }

    private static Item bare(int i) {
        return new Item(new ItemId("bare-" + i), "", List.of(), Map.of(), Instant.EPOCH, true);
    }

    private static Item described(int i) {
        List<String> topics = List.of("topic-" + i % 200, "topic-" + i % 77, "topic-" + i % 13);
        Map<String, AttributeValue> attributes = Map.of(
                text("brand"), new AttributeValue.Text(text("brand-" + i % 5_000)),
                text("language"), new AttributeValue.Text(text("language-" + i % 40)),
                text("price"), new AttributeValue.Numeric(i % 10_000 / 100.0),
                text("seconds"), new AttributeValue.Numeric(i % 7_000),
                text("premium"), new AttributeValue.Flag(i % 9 == 0),
                text("tags"), new AttributeValue.Texts(List.of(text("tag-" + i % 999), text("tag-" + i % 333))));
        return new Item(
                new ItemId("item-" + i),
                "A title of some forty letters, number " + i,
                topics,
                attributes,
                Instant.ofEpochSecond(i),
                true);
    }

    /** A text of its own, as a parser makes it. */
    private static String text(String letters) {
        return String.valueOf(letters.toCharArray());
    }
}
