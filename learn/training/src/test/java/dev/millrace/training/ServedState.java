package dev.millrace.training;

import dev.millrace.eventlog.LogReader;
import dev.millrace.eventlog.ReadableEventLog;
import dev.millrace.features.FeatureState;
import dev.millrace.features.FeaturesConfig;
import dev.millrace.features.WholeSnapshot;
import dev.millrace.features.rows.FeatureTable;
import dev.millrace.features.rows.StoredTables;
import dev.millrace.storage.SnapshotDirectory;
import dev.millrace.storage.personal.KeyTable;
import dev.millrace.storage.tiered.StoreConfig;
import dev.millrace.storage.tiered.TableSpec;
import dev.millrace.storage.tiered.TieredStore;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;

/** What a server does with its log: a state with rows in a store, and whole snapshots of it. */
public final class ServedState implements AutoCloseable {
    private final Path snapshots;
    private final TieredStore store;
    private final StoredTables tables;
    private final FeatureState state;

    public ServedState(Path dataDirectory, KeyTable keys) throws IOException {
        snapshots = dataDirectory.resolve("snapshots");
        Map<FeatureTable, TableSpec> specs = new EnumMap<>(FeatureTable.class);
        for (FeatureTable table : FeatureTable.values()) {
            TableSpec spec = table.spec(1 << 20);
            specs.put(table, table.isPersonal() ? spec.asPersonal() : spec);
        }
        store = TieredStore.open(
                dataDirectory.resolve("store"), StoreConfig.defaults().withKeys(keys), List.copyOf(specs.values()));
        tables = new StoredTables(store, specs, keys);
        state = new FeatureState(FeaturesConfig.defaults(), tables);
        state.settle();
    }

    /** Applies the log to its end and makes a whole snapshot; gives its offset. */
    public long snapshot(ReadableEventLog log) throws IOException {
        try (LogReader reader = log.read(state.appliedOffset())) {
            while (reader.poll((offset, event) -> state.apply(offset, event), 1_000) > 0) {
                // to the end of the log
            }
        }
        Files.createDirectories(snapshots);
        Path features = snapshots.resolve("features");
        state.save(features);
        WholeSnapshot.write(
                features,
                new SnapshotDirectory(snapshots, WholeSnapshot.KIND).file(state.appliedOffset()),
                tables,
                state.users()::id,
                () -> false);
        Files.delete(features);
        return state.appliedOffset();
    }

    @Override
    public void close() throws IOException {
        store.close();
    }
}
