package dev.millrace.features;

import dev.millrace.features.rows.FeatureTable;
import dev.millrace.features.rows.StoredTables;
import dev.millrace.runtime.Clock;
import dev.millrace.storage.cipher.MasterKey;
import dev.millrace.storage.personal.KeyTable;
import dev.millrace.storage.tiered.StoreConfig;
import dev.millrace.storage.tiered.TableSpec;
import dev.millrace.storage.tiered.TieredStore;

import java.io.IOException;
import java.nio.file.Path;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;

/** Stored tables in a directory, with the store that they are in. */
final class OpenTables implements AutoCloseable {
    final StoredTables tables;
    final TieredStore store;
    final KeyTable keys;

    /** @param memoryBytes for the rows of each table */
    OpenTables(Path directory, long memoryBytes) throws IOException {
        this(directory, memoryBytes, directory.resolve("keys"));
    }

    OpenTables(Path directory, long memoryBytes, Path keyDirectory) throws IOException {
        Map<FeatureTable, TableSpec> specs = new EnumMap<>(FeatureTable.class);
        for (FeatureTable table : FeatureTable.values()) {
            specs.put(table, spec(table, memoryBytes));
        }
        keys = KeyTable.open(keyDirectory, List.of(MasterKey.parse("5a".repeat(32))), Clock.system());
        StoreConfig config = StoreConfig.defaults().withKeys(keys);
        store = TieredStore.open(directory, config, List.copyOf(specs.values()));
        tables = new StoredTables(store, specs, keys);
    }

    /** Values of up to 3 KB, and of 8, need some room to be packed. */
    private static TableSpec spec(FeatureTable table, long memoryBytes) {
        return switch (table) {
            case ITEM_COUNTS, ITEM_HOURS -> table.spec(memoryBytes);
            case USERS -> table.spec(4 * memoryBytes).asPersonal();
            case USER_ATTRIBUTES -> table.spec(16 * memoryBytes).asPersonal();
        };
    }

    @Override
    public void close() throws IOException {
        try (keys) {
            store.close();
        }
    }
}
