package dev.millrace.server.operate;

import dev.millrace.features.rows.FeatureTable;
import dev.millrace.recommend.live.StoredVectors;
import dev.millrace.runtime.Metrics;
import dev.millrace.storage.cold.ColdReport;
import dev.millrace.storage.tiered.TableStat;
import dev.millrace.storage.tiered.TieredStore;

import java.util.stream.Stream;

/** Lets the scraper read what the tables of the store hold, and which tier answers. */
public final class StoreMetrics {
    private StoreMetrics() {}

    public static void register(Metrics metrics, TieredStore store) {
        for (FeatureTable table : FeatureTable.values()) {
            register(metrics, store, table.label());
        }
        registerVectors(metrics, store);
        metrics.gauge("store.trouble", () -> store.trouble().isEmpty() ? 0 : 1);
        metrics.gauge("store.writes.owed.seconds", () -> store.writesOwed().toNanos() / 1e9);
        if (store.coldReport().isPresent()) {
            registerCold(metrics, store);
        }
    }

    private static void registerCold(Metrics metrics, TieredStore store) {
        metrics.gauge(
                "store.cold.segments",
                () -> store.stat().segments().stream()
                        .filter(segment -> !segment.coldName().isEmpty())
                        .count());
        metrics.gauge("store.cold.refusing", () -> cold(store).refusing() ? 1 : 0);
        metrics.counted("store.cold.fetches", () -> cold(store).fetches());
        metrics.counted("store.cold.fetched.bytes", () -> cold(store).bytesFetched());
        metrics.counted("store.cold.degraded", () -> cold(store).degraded());
    }

    private static ColdReport cold(TieredStore store) {
        return store.coldReport().orElseThrow();
    }

    private static void register(Metrics metrics, TieredStore store, String table) {
        metrics.gauge("store.rows", () -> store.stat(table).rows(), "table", table);
        metrics.gauge("store.rows.exact", () -> store.stat(table).exact() ? 1 : 0, "table", table);
        metrics.gauge("store.rows.in.memory", () -> store.stat(table).residentRows(), "table", table);
        metrics.gauge("store.memory.bytes", () -> memory(store.stat(table)), "table", table);
        metrics.gauge("store.memory.budget", () -> store.stat(table).memory().budget(), "table", table);
        metrics.counted("store.reads", () -> store.stat(table).reads().resident(), "table", table, "tier", "memory");
        metrics.counted("store.reads", () -> store.stat(table).reads().fromDisk(), "table", table, "tier", "disk");
        metrics.counted("store.reads", () -> store.stat(table).reads().absent(), "table", table, "tier", "none");
        metrics.counted("store.reads", () -> store.stat(table).reads().degraded(), "table", table, "tier", "late");
        metrics.counted("store.disk.bytes", () -> store.stat(table).reads().diskBytes(), "table", table);
        metrics.counted("store.disk.reads", () -> store.stat(table).reads().diskReads(), "table", table);
        metrics.counted("store.disk.pages", () -> store.stat(table).reads().diskPages(), "table", table);
        metrics.counted("store.disk.seconds", () -> store.stat(table).reads().diskNanos() / 1e9, "table", table);
        metrics.counted("store.promoted", () -> store.stat(table).reads().promoted(), "table", table);
        metrics.counted("store.evicted", () -> store.stat(table).reads().evicted(), "table", table);
    }

    /** Of all models that are loaded: tables come and go with them. */
    private static void registerVectors(Metrics metrics, TieredStore store) {
        String table = StoredVectors.LABEL;
        metrics.gauge(
                "store.rows", () -> vectors(store).mapToLong(TableStat::rows).sum(), "table", table);
        metrics.gauge(
                "store.rows.in.memory",
                () -> vectors(store).mapToLong(TableStat::residentRows).sum(),
                "table",
                table);
        metrics.gauge(
                "store.memory.bytes",
                () -> vectors(store).mapToLong(StoreMetrics::memory).sum(),
                "table",
                table);
        metrics.gauge(
                "store.memory.budget",
                () -> vectors(store).mapToLong(stat -> stat.memory().budget()).sum(),
                "table",
                table);
        metrics.gauge("store.versions", () -> vectors(store).count(), "table", table);
    }

    private static Stream<TableStat> vectors(TieredStore store) {
        return store.stat().tables().stream().filter(stat -> stat.name().startsWith(StoredVectors.LABEL + "@"));
    }

    private static long memory(TableStat stat) {
        return stat.memory().taken() + stat.memory().index();
    }
}
