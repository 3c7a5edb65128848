package dev.millrace.server.hold;

import dev.millrace.eventlog.EventLog;
import dev.millrace.features.rows.FeatureTable;
import dev.millrace.features.rows.StoredTables;
import dev.millrace.model.ErrorCode;
import dev.millrace.model.MillraceException;
import dev.millrace.storage.cold.ColdStore;
import dev.millrace.storage.personal.KeyTable;
import dev.millrace.storage.segment.DamageException;
import dev.millrace.storage.segment.StoreLogConfig;
import dev.millrace.storage.tiered.ColdLeftovers;
import dev.millrace.storage.tiered.ColdTierConfig;
import dev.millrace.storage.tiered.StoreConfig;
import dev.millrace.storage.tiered.TableSpec;
import dev.millrace.storage.tiered.TieredStore;
import org.jspecify.annotations.Nullable;
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

    /** The table of users' rows of versions that did not encrypt them. */
    private static final String PLAIN_USERS = "users";

    private final TieredStore store;
    private final StoredTables tables;
    private final @Nullable ColdStore cold;

    private StateTables(
            TieredStore store, Map<FeatureTable, TableSpec> specs, KeyTable keys, @Nullable ColdStore cold) {
        this.cold = cold;
        this.store = store;
        this.tables = new StoredTables(store, specs, keys);
    }

    /**
     * Opens the store in a directory, or makes it. A damaged one is made anew while the log is whole, since all in it follows from the
     * log.
     *
     * @throws MillraceException {@code STORAGE_FAILED} where it is damaged and the log does not reach back to its begin
     */
    public static StateTables open(Path directory, StoreSettings settings, EventLog events, KeyTable keys)
            throws IOException {
        ColdSettings coldSettings = settings.cold();
        if (coldSettings == null) {
            return open(directory, settings, events, keys, null);
        }
        ColdStore cold = coldSettings.place().open();
        try {
            return open(directory, settings, events, keys, cold);
        } catch (IOException | RuntimeException e) {
            cold.close();
            throw e;
        }
    }

    private static StateTables open(
            Path directory, StoreSettings settings, EventLog events, KeyTable keys, @Nullable ColdStore cold)
            throws IOException {
        // Out of the way whole: a start after a crash in between must not find half of it.
        Path damaged = directory.resolveSibling(directory.getFileName() + ".damaged");
        ColdLeftovers leftovers = new ColdLeftovers(directory.resolveSibling(directory.getFileName() + ".left-cold"));
        // It is put there only where the log makes it anew; it may hold rows of users in the clear.
        leftovers.note(damaged);
        delete(damaged);
        if (cold != null) {
            leftovers.delete(cold);
        }
        try {
            StateTables found = openUnlessPlain(directory, settings, keys, cold);
            if (found != null) {
                return found;
            }
            requireWhole(events, directory);
            log.info("the store in {} has rows of users in the clear; it is made anew from the log", directory);
        } catch (MillraceException e) {
            if (!(e.getCause() instanceof DamageException) || events.begin() != 0) {
                throw e;
            }
            log.warn("the store in {} is made anew from the log: {}", directory, e.getMessage());
        }
        Files.move(directory, damaged, StandardCopyOption.ATOMIC_MOVE);
        leftovers.note(damaged);
        delete(damaged);
        if (cold != null) {
            leftovers.delete(cold);
        }
        StateTables anew = openUnlessPlain(directory, settings, keys, cold);
        if (anew == null) {
            throw new IllegalStateException("the store in " + directory + " was made anew and is not new");
        }
        return anew;
    }

    /** @return nothing where a version that did not encrypt rows of users made the store, which then is closed */
    private static @Nullable StateTables openUnlessPlain(
            Path directory, StoreSettings settings, KeyTable keys, @Nullable ColdStore cold) throws IOException {
        Map<FeatureTable, TableSpec> specs = settings.specs();
        TieredStore store = TieredStore.open(directory, config(settings, keys, cold), List.copyOf(specs.values()));
        StateTables opened = null;
        try {
            if (!store.tableNames().contains(PLAIN_USERS)) {
                opened = new StateTables(store, specs, keys, cold);
            }
            return opened;
        } finally {
            if (opened == null) {
                store.close();
            }
        }
    }

    public TieredStore store() {
        return store;
    }

    public StoredTables tables() {
        return tables;
    }

    @Override
    public void close() throws IOException {
        try {
            store.close();
        } finally {
            if (cold != null) {
                cold.close();
            }
        }
    }

    private static void requireWhole(EventLog events, Path directory) {
        if (events.begin() != 0) {
            throw new MillraceException(
                    ErrorCode.STORAGE_FAILED,
                    "the store in " + directory
                            + " has rows of users in the clear, of a version before, and the log, which begins"
                            + " at offset " + events.begin()
                            + ", cannot make it anew; put the whole log back from a backup");
        }
    }

    private static StoreConfig config(StoreSettings settings, KeyTable keys, @Nullable ColdStore cold) {
        StoreLogConfig defaults = StoreLogConfig.defaults();
        StoreLogConfig writing =
                new StoreLogConfig(defaults.segmentBytes(), defaults.groupBytes(), COMMIT_DELAY, defaults.stallLimit());
        StoreConfig config =
                StoreConfig.defaults().withLog(writing).withKeys(keys).withCloseLimit(settings.closeLimit());
        ColdSettings coldSettings = settings.cold();
        return cold == null || coldSettings == null
                ? config
                : config.withCold(ColdTierConfig.of(cold)
                        .withOlderThan(coldSettings.olderThan())
                        .withLocalBytes(coldSettings.localBytes()));
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
