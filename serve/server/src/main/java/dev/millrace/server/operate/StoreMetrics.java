package dev.millrace.server.operate;

import dev.millrace.features.rows.FeatureTable;
import dev.millrace.recommend.live.StoredVectors;
import dev.millrace.runtime.Metrics;
import dev.millrace.storage.cold.ColdReport;
import dev.millrace.storage.tiered.TableStat;
import dev.millrace.storage.tiered.TieredStore;

import java.util.function.Supplier;
import java.util.stream.Stream;

/** Lets the scraper read what the tables of the store hold, and which tier answers. */
public final class StoreMetrics {
    private StoreMetrics() {}

    public static void register(Metrics metrics, TieredStore store) {
        for (FeatureTable table : FeatureTable.values()) {
            register(metrics, store, table.label());
        }
        registerVectors(metrics, store, StoredVectors.LABEL);
        registerVectors(metrics, store, StoredVectors.RANKER_LABEL);
        metrics.gauge(
                "store.trouble",
                "1 while the disk of the store is full, fails or is late",
                () -> store.trouble().isEmpty() ? 0 : 1);
        metrics.gauge(
                "store.writes.owed.seconds",
                "for how long the disk of the store has confirmed nothing of what was written",
                () -> store.writesOwed().toNanos() / 1e9);
        if (store.coldReport().isPresent()) {
            registerCold(metrics, store);
        }
    }

    private static void registerCold(Metrics metrics, TieredStore store) {
        metrics.gauge(
                "store.cold.segments",
                "segments that lie in the cold tier alone",
                () -> store.stat().segments().stream()
                        .filter(segment -> !segment.coldName().isEmpty())
                        .count());
        metrics.gauge(
                "store.cold.refusing",
                "1 while the cold tier fails and is not asked",
                () -> cold(store).refusing() ? 1 : 0);
        metrics.counted(
                "store.cold.fetches",
                "reads from the cold tier",
                () -> cold(store).fetches());
        metrics.counted(
                "store.cold.fetched.bytes",
                "bytes read from the cold tier",
                () -> cold(store).bytesFetched());
        metrics.counted(
                "store.cold.degraded",
                "reads that the cold tier did not answer in time",
                () -> cold(store).degraded());
    }

    private static ColdReport cold(TieredStore store) {
        return store.coldReport().orElseThrow();
    }

    private static void register(Metrics metrics, TieredStore store, String table) {
        metrics.gauge("store.rows", "rows of a table", () -> store.stat(table).rows(), "table", table);
        metrics.gauge(
                "store.rows.exact",
                "1 when the number of rows is exact, 0 while there are at most so many",
                () -> store.stat(table).exact() ? 1 : 0,
                "table",
                table);
        metrics.gauge(
                "store.rows.in.memory",
                "rows of a table that lie in memory",
                () -> store.stat(table).residentRows(),
                "table",
                table);
        metrics.gauge(
                "store.memory.bytes",
                "memory that a table takes, its index included",
                () -> memory(store.stat(table)),
                "table",
                table);
        metrics.gauge(
                "store.memory.budget",
                "memory that the rows of a table may take",
                () -> store.stat(table).memory().budget(),
                "table",
                table);
        registerReads(metrics, store, table);
    }

    private static void registerReads(Metrics metrics, TieredStore store, String table) {
        registerTier(metrics, table, "memory", () -> store.stat(table).reads().resident());
        registerTier(metrics, table, "disk", () -> store.stat(table).reads().fromDisk());
        registerTier(metrics, table, "none", () -> store.stat(table).reads().absent());
        registerTier(metrics, table, "late", () -> store.stat(table).reads().degraded());
        metrics.counted(
                "store.disk.bytes",
                "bytes of rows read from disk",
                () -> store.stat(table).reads().diskBytes(),
                "table",
                table);
        metrics.counted(
                "store.disk.reads",
                "reads from disk, of pages that lie side by side in one",
                () -> store.stat(table).reads().diskReads(),
                "table",
                table);
        metrics.counted(
                "store.disk.pages",
                "pages read from disk",
                () -> store.stat(table).reads().diskPages(),
                "table",
                table);
        metrics.counted(
                "store.disk.seconds",
                "time that reads from disk took",
                () -> store.stat(table).reads().diskNanos() / 1e9,
                "table",
                table);
        metrics.counted(
                "store.promoted",
                "rows that came into memory because they were read",
                () -> store.stat(table).reads().promoted(),
                "table",
                table);
        metrics.counted(
                "store.passed.over",
                "rows read from disk that did not come into memory, since too many waited or the table was busy",
                () -> store.stat(table).reads().passedOver(),
                "table",
                table);
        metrics.counted(
                "store.evicted",
                "rows that left memory for others",
                () -> store.stat(table).reads().evicted(),
                "table",
                table);
    }

    private static void registerTier(Metrics metrics, String table, String tier, Supplier<Number> reads) {
        metrics.counted("store.reads", "reads of rows by the tier that answered", reads, "table", table, "tier", tier);
    }

    /** Of all models that are loaded: tables come and go with them. */
    private static void registerVectors(Metrics metrics, TieredStore store, String table) {
        metrics.gauge(
                "store.rows",
                "rows of a table",
                () -> vectors(store, table).mapToLong(TableStat::rows).sum(),
                "table",
                table);
        metrics.gauge(
                "store.rows.in.memory",
                "rows of a table that lie in memory",
                () -> vectors(store, table).mapToLong(TableStat::residentRows).sum(),
                "table",
                table);
        metrics.gauge(
                "store.memory.bytes",
                "memory that a table takes, its index included",
                () -> vectors(store, table).mapToLong(StoreMetrics::memory).sum(),
                "table",
                table);
        metrics.gauge(
                "store.memory.budget",
                "memory that the rows of a table may take",
                () -> vectors(store, table)
                        .mapToLong(stat -> stat.memory().budget())
                        .sum(),
                "table",
                table);
        metrics.gauge(
                "store.vectors.missing",
                "reads of items without a vector, in the tables that are held now",
                () -> vectors(store, table)
                        .mapToLong(stat -> stat.reads().absent())
                        .sum(),
                "table",
                table);
        metrics.gauge(
                "store.versions",
                "models whose item vectors are held",
                () -> vectors(store, table).count(),
                "table",
                table);
    }

    private static Stream<TableStat> vectors(TieredStore store, String table) {
        return store.stat().tables().stream().filter(stat -> stat.name().startsWith(table + "@"));
    }

    private static long memory(TableStat stat) {
        return stat.memory().taken() + stat.memory().index();
    }
}
