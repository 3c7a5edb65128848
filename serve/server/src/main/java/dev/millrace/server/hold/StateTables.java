package dev.millrace.server.hold;

import dev.millrace.eventlog.EventLog;
import dev.millrace.features.rows.FeatureTable;
import dev.millrace.features.rows.StoredTables;
import dev.millrace.model.MillraceException;
import dev.millrace.storage.segment.DamageException;
import dev.millrace.storage.segment.StoreLogConfig;
import dev.millrace.storage.tiered.StoreConfig;
import dev.millrace.storage.tiered.TableSpec;
import dev.millrace.storage.tiered.TieredStore;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;

/** The store of one process and the state's tables in it. Thread-safe as these are. */
public final class StateTables implements AutoCloseable {
    private static final Logger log = LoggerFactory.getLogger(StateTables.class);

    /** Longer than by default: the log of events has acknowledged, and only snapshots wait for this one. */
    private static final Duration COMMIT_DELAY = Duration.ofMillis(10);

    private final TieredStore store;
    private final StoredTables tables;

    private StateTables(TieredStore store, Map<FeatureTable, TableSpec> specs) {
        this.store = store;
        this.tables = new StoredTables(store, specs);
    }

    /**
     * Opens the store in a directory, or makes it. A damaged one is made anew while the log is whole, since all in it follows from the
     * log.
     *
     * @throws MillraceException {@code STORAGE_FAILED} where it is damaged and the log does not reach back to its begin
     */
    public static StateTables open(Path directory, StoreSettings settings, EventLog events) throws IOException {
        Map<FeatureTable, TableSpec> specs = settings.specs();
        try {
            return new StateTables(open(directory, specs), specs);
        } catch (MillraceException e) {
            if (!(e.getCause() instanceof DamageException) || events.begin() != 0) {
                throw e;
            }
            log.warn("the store in {} is made anew from the log: {}", directory, e.getMessage());
        }
        // Out of the way whole: a start after a crash in between must not find half of it.
        Path damaged = directory.resolveSibling(directory.getFileName() + ".damaged");
        delete(damaged);
        Files.move(directory, damaged, StandardCopyOption.ATOMIC_MOVE);
        StateTables anew = new StateTables(open(directory, specs), specs);
        delete(damaged);
        return anew;
    }

    public TieredStore store() {
        return store;
    }

    public StoredTables tables() {
        return tables;
    }

    @Override
    public void close() throws IOException {
        store.close();
    }

    private static TieredStore open(Path directory, Map<FeatureTable, TableSpec> specs) throws IOException {
        StoreLogConfig defaults = StoreLogConfig.defaults();
        StoreLogConfig writing =
                new StoreLogConfig(defaults.segmentBytes(), defaults.groupBytes(), COMMIT_DELAY, defaults.stallLimit());
        return TieredStore.open(directory, StoreConfig.defaults().withLog(writing), List.copyOf(specs.values()));
    }

    private static void delete(Path directory) throws IOException {
        if (!Files.exists(directory)) {
            return;
        }
        try (Stream<Path> files = Files.list(directory)) {
            for (Path file : (Iterable<Path>) files::iterator) {
                Files.delete(file);
            }
        }
        Files.delete(directory);
    }
}
