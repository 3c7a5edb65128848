package dev.millrace.retrieval;

import dev.millrace.features.FeatureState;
import dev.millrace.features.FeaturesConfig;
import dev.millrace.features.rows.FeatureTable;
import dev.millrace.features.rows.StoredTables;
import dev.millrace.storage.SnapshotReader;
import dev.millrace.storage.tiered.StoreConfig;
import dev.millrace.storage.tiered.TableSpec;
import dev.millrace.storage.tiered.TieredStore;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;

/** A shop whose rows are in a store of its own. Owned by one thread. */
final class StoredShop implements AutoCloseable {
    final SmallShop shop;
    final LiveIndexes indexes;
    private final Path directory;
    private final TieredStore store;

    private StoredShop(Path directory, TieredStore store, FeatureState state, LiveIndexes indexes) throws IOException {
        this.directory = directory;
        this.store = store;
        this.shop = new SmallShop(state);
        this.indexes = indexes;
        state.settle();
    }

    static StoredShop empty(Path directory) throws IOException {
        TieredStore store = open(directory);
        FeatureState state = new FeatureState(FeaturesConfig.defaults(), new StoredTables(store, specs(), null));
        return new StoredShop(directory, store, state, LiveIndexes.follow(state, RetrievalConfig.defaults()));
    }

    /** What a restart after a crash makes of this shop's files, copied to another directory. */
    StoredShop restarted(Path copy, Path features, Path indexFile) throws IOException {
        Files.createDirectories(copy);
        try (Stream<Path> files = Files.list(directory)) {
            for (Path file : (Iterable<Path>) files::iterator) {
                if (!file.getFileName().toString().startsWith("lock")) {
                    Files.copy(file, copy.resolve(file.getFileName()));
                }
            }
        }
        TieredStore other = open(copy);
        FeatureState state =
                FeatureState.restore(features, FeaturesConfig.defaults(), new StoredTables(other, specs(), null));
        try (SnapshotReader reader = SnapshotReader.open(indexFile)) {
            LiveIndexes restored = LiveIndexes.restore(state, RetrievalConfig.defaults(), reader);
            return new StoredShop(copy, other, state, restored);
        }
    }

    @Override
    public void close() throws IOException {
        store.close();
    }

    private static TieredStore open(Path directory) throws IOException {
        return TieredStore.open(directory, StoreConfig.defaults(), List.copyOf(specs().values()));
    }

    private static Map<FeatureTable, TableSpec> specs() {
        Map<FeatureTable, TableSpec> specs = new EnumMap<>(FeatureTable.class);
        for (FeatureTable table : FeatureTable.values()) {
            specs.put(table, table.spec(1 << 20));
        }
        return specs;
    }
}
