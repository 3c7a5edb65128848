package dev.millrace.server.hold;

import com.sun.management.OperatingSystemMXBean;
import dev.millrace.features.rows.FeatureTable;
import dev.millrace.recommend.live.StoredVectors;
import dev.millrace.runtime.Configuration;
import dev.millrace.storage.tiered.TableSpec;
import org.jspecify.annotations.Nullable;

import java.lang.management.ManagementFactory;
import java.time.Duration;
import java.util.EnumMap;
import java.util.Map;

/**
 * What the store's tables may take of memory, outside of the heap; what does not fit is read from disk.
 *
 * @param tables bytes for the rows of each table
 * @param itemVectors bytes for the item vectors of the model in service and of one more; these are not on disk
 * @param rankerVectors the same of the ranker, beside the share of the others
 * @param cold nothing where all segments stay on the disk
 * @param closeLimit how long the end of the process waits for the store's last checkpoint
 */
public record StoreSettings(
        Map<FeatureTable, Long> tables,
        long itemVectors,
        long rankerVectors,
        @Nullable ColdSettings cold,
        Duration closeLimit) {
    private static final long LEAST = 1L << 20;
    private static final long MOST = 1L << 42;
    private static final long LEAST_DEFAULT = 256L << 20;
    /** Of the machine's memory, unless told otherwise. */
    private static final int MACHINE_SHARE = 8;
    /** The whole is divided into so many parts. */
    private static final int PARTS = 16;

    private static final int ITEM_VECTORS_PARTS = 7;
    /** Enough for 126,000 items of 64 floats, however little the others may take: a ranker without its items is worth nothing. */
    private static final long LEAST_RANKER_VECTORS = 64L << 20;

    public StoreSettings {
        tables = Map.copyOf(tables);
    }

    public static StoreSettings from(Configuration configuration) {
        long all = configuration.bytes("store.memory", defaultMemory(), LEAST, MOST);
        Map<FeatureTable, Long> tables = new EnumMap<>(FeatureTable.class);
        for (FeatureTable table : FeatureTable.values()) {
            tables.put(
                    table,
                    configuration.bytes(
                            "store." + table.label() + ".memory",
                            Math.max(least(table), all * parts(table) / PARTS),
                            least(table),
                            MOST));
        }
        Duration closeLimit = configuration.duration(
                "store.close-limit", Duration.ofMinutes(1), Duration.ofSeconds(1), Duration.ofHours(1));
        long itemVectors = vectors(configuration, StoredVectors.LABEL, all * ITEM_VECTORS_PARTS / PARTS);
        // The ranker has a row of each item as well. It is a bound: what has no row takes no memory.
        return new StoreSettings(
                tables,
                itemVectors,
                vectors(configuration, StoredVectors.RANKER_LABEL, Math.max(LEAST_RANKER_VECTORS, itemVectors)),
                ColdSettings.from(configuration),
                closeLimit);
    }

    private static long vectors(Configuration configuration, String label, long byDefault) {
        return configuration.bytes("store." + label + ".memory", byDefault, LEAST / 16, MOST);
    }

    /** The tables as the store makes them. */
    Map<FeatureTable, TableSpec> specs() {
        Map<FeatureTable, TableSpec> specs = new EnumMap<>(FeatureTable.class);
        tables.forEach((table, memory) -> {
            TableSpec spec = table.spec(memory);
            specs.put(table, table.isPersonal() ? spec.asPersonal() : spec);
        });
        return specs;
    }

    private static int parts(FeatureTable table) {
        return switch (table) {
            case ITEM_COUNTS -> 2;
            case ITEM_HOURS -> 1;
            case USERS -> 5;
            case USER_ATTRIBUTES -> 1;
        };
    }

    /** Longer rows need more. */
    private static long least(FeatureTable table) {
        return table == FeatureTable.USER_ATTRIBUTES ? LEAST / 4 : LEAST / 16;
    }

    private static long defaultMemory() {
        OperatingSystemMXBean system = (OperatingSystemMXBean) ManagementFactory.getOperatingSystemMXBean();
        return Math.max(LEAST_DEFAULT, system.getTotalMemorySize() / MACHINE_SHARE);
    }
}
