package dev.millrace.storage.tiered;

import dev.millrace.kernels.NativeStart;
import dev.millrace.kernels.NumaMemory;
import dev.millrace.model.ErrorCode;
import dev.millrace.model.MillraceException;
import dev.millrace.runtime.AgentRunner;
import dev.millrace.runtime.DirectoryLock;
import dev.millrace.storage.cold.ColdReport;
import dev.millrace.storage.disk.Disk;
import dev.millrace.storage.personal.PersonalCipher;
import dev.millrace.storage.personal.SubjectId;
import dev.millrace.storage.segment.DamageException;
import dev.millrace.storage.segment.Segment;
import dev.millrace.storage.segment.Segments;
import dev.millrace.storage.segment.StoreLog;
import dev.millrace.storage.together.KeySets;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.ConcurrentSkipListMap;
import java.util.concurrent.locks.ReentrantLock;
import java.util.function.IntSupplier;

/**
 * Tables by name in one directory: rows in memory as far as budgets allow, all of them in append-only segments on disk.
 * Thread-safe.
 *
 * <p>A write is acknowledged when {@link #awaitDurable} returns. An agent of the store makes checkpoints and packs segments
 * meanwhile. After a crash the store opens at the newest checkpoint, whose index is used as it lies on disk, and reads
 * the log behind it.
 */
public final class TieredStore implements AutoCloseable {
    private static final Logger log = LoggerFactory.getLogger(TieredStore.class);
    private static final Duration IDLE = Duration.ofMillis(50);
    private static final Duration COLD_IDLE = Duration.ofSeconds(1);

    private final Path directory;
    private final StoreConfig config;
    private final DirectoryLock held;
    private final Segments segments;
    private final StoreLog storeLog;
    private final TieredTable.Shared shared;
    private final List<DamageException> damage;
    private final Runnable endOfDrops;
    private final Map<String, TieredTable> tables = new ConcurrentSkipListMap<>();
    private final Map<String, String> aliases = new ConcurrentSkipListMap<>();
    private final ReadPool pool;
    private final StoreKeeper keeper;
    private final @Nullable ColdTier coldTier;
    private final @Nullable AgentRunner coldAgent;
    private final @Nullable AgentRunner agent;
    /** Held while the log and the maps below change together, and while a checkpoint looks at them. */
    private final ReentrantLock catalogLock = new ReentrantLock();

    private int nextId;
    private boolean closed;

    /**
     * What a store needs from outside; tests give others.
     *
     * @param background whether its agents work; else nothing is done but what is asked for
     */
    record Surroundings(Disk disk, IntSupplier clock, boolean background) {
        /** With agents that work in the background. */
        Surroundings(Disk disk, IntSupplier clock) {
            this(disk, clock, true);
        }

        static Surroundings system() {
            return new Surroundings(Disk.local(), () -> (int) (System.currentTimeMillis() / 1000));
        }
    }

    private TieredStore(
            Path directory, StoreConfig config, DirectoryLock held, StoreRecovery recovered, Surroundings around) {
        this.directory = directory;
        this.config = config;
        this.held = held;
        this.segments = recovered.segments();
        this.pool = new ReadPool(segments, around.background());
        this.damage = List.copyOf(recovered.damage());
        this.storeLog = new StoreLog(
                segments, around.disk(), config.log(), recovered.storeId(), recovered.end(), recovered.nextSequence());
        this.shared = new TieredTable.Shared(
                storeLog,
                segments,
                ThreadLocal.withInitial(() -> new ReadScratch(segments)),
                pool,
                around.clock(),
                new FoundDamage(),
                config.keys() == null ? null : new PersonalCipher(config.keys()));
        for (RecoveredTable table : recovered.tables().values()) {
            tables.put(
                    table.spec().name(), new TieredTable(table.id(), table.spec(), shared, table.view(), table.size()));
        }
        aliases.putAll(recovered.aliases());
        this.nextId = recovered.lastTableId();
        this.keeper = new StoreKeeper(this, around.disk(), recovered);
        this.coldTier = config.cold() == null ? null : coldTier(config.cold(), recovered, around.disk());
        this.endOfDrops =
                config.keys() == null ? () -> {} : config.keys().onDrop(subjects -> subjects.forEach(this::erase));
        this.agent = around.background() ? AgentRunner.start(keeper, IDLE) : null;
        this.coldAgent = coldTier == null || !around.background() ? null : AgentRunner.start(coldTier, COLD_IDLE);
    }

    private ColdTier coldTier(ColdTierConfig cold, StoreRecovery recovered, Disk disk) {
        ColdTier tier = new ColdTier(this, cold, disk, recovered.unwanted());
        for (Segment segment : segments.all()) {
            String name = recovered.coldNames().get(segment.number());
            if (name != null) {
                tier.attach(segment, name);
            }
        }
        return tier;
    }

    /**
     * Opens the store in a directory, which is made where it is missing.
     *
     * @param specs of tables to be made, or, where they are there, to have other budgets than before
     * @throws MillraceException {@code CONFLICT} while another process has it; {@code STORAGE_FAILED} where it is damaged
     */
    public static TieredStore open(Path directory, StoreConfig config, List<TableSpec> specs) throws IOException {
        return open(directory, config, specs, Surroundings.system());
    }

    static TieredStore open(Path directory, StoreConfig config, List<TableSpec> specs, Surroundings around)
            throws IOException {
        NativeStart.begin();
        NumaMemory.ofProcess().tell();
        around.disk().createDirectories(directory);
        DirectoryLock held = DirectoryLock.acquire(directory, "the store");
        TieredStore store = null;
        boolean opened = false;
        try {
            StoreRecovery recovery = StoreRecovery.run(directory, config);
            recovery.requireCold(config);
            for (RecoveredTable table : recovery.tables().values()) {
                specs.stream()
                        .filter(spec -> spec.name().equals(table.spec().name()))
                        .forEach(table::respecify);
                PersonalRows.requireKeys(table.spec(), config);
                // Before there are threads that would stay behind.
                ResidentRows.requireRoom(table.spec());
            }
            recovery.settleEnd(around.disk());
            for (Path leftover : recovery.leftovers()) {
                boolean ignored = around.disk().delete(leftover);
            }
            recovery.segments().readByLoads(around.disk());
            store = new TieredStore(directory, config, held, recovery, around);
            for (TableSpec spec : specs) {
                if (!store.tables.containsKey(spec.name())) {
                    TieredTable ignored = store.make(spec);
                }
            }
            opened = true;
            return store;
        } catch (DamageException e) {
            throw StoreRecovery.damaged(directory, e);
        } finally {
            if (!opened && store != null) {
                store.abandon();
            } else if (!opened) {
                held.close();
            }
        }
    }

    /** Makes a table of rows of one size, which is on disk when this returns, unless it is volatile. */
    public TieredTable create(TableSpec spec) {
        spec.requireSize(false);
        return make(spec);
    }

    /** Makes a table of values of variable size, which is on disk when this returns, unless it is volatile. */
    public TieredValueTable createValues(TableSpec spec) {
        spec.requireSize(true);
        return new TieredValueTable(make(spec), shared);
    }

    private synchronized TieredTable make(TableSpec spec) {
        if (tables.containsKey(spec.name())) {
            throw new MillraceException(ErrorCode.CONFLICT, "there is a table " + spec.name() + " already");
        }
        int rowLimit = config.log().maxValueBytes();
        if (spec.storedBytes() > rowLimit) {
            throw new MillraceException(
                    ErrorCode.INVALID_REQUEST,
                    "table " + spec.name() + ": rows of " + spec.storedBytes() + " bytes on disk are over the limit of "
                            + rowLimit);
        }
        PersonalRows.requireKeys(spec, config);
        requireBudget(spec);
        catalogLock.lock();
        try {
            int id = ++nextId;
            TieredTable table = new TieredTable(
                    id, spec, shared, RecoveredTable.empty(id, spec, segments).view(), 0);
            if (spec.placement().isDurable()) {
                Catalog.append(storeLog, new Catalog.Table(id, spec));
                storeLog.awaitDurable(storeLog.position());
            }
            tables.put(spec.name(), table);
            return table;
        } finally {
            catalogLock.unlock();
        }
    }

    /** Removes a table with all its rows; nobody may use it any more. The memory of a volatile one goes back at once. */
    public synchronized void drop(String name) {
        TieredTable table = tableOfAnySize(name);
        if (aliases.containsValue(name)) {
            throw new MillraceException(
                    ErrorCode.CONFLICT, "table " + name + " is what an alias stands for; publish another first");
        }
        if (!table.spec().placement().isDurable()) {
            tables.remove(name);
            table.discard();
            return;
        }
        catalogLock.lock();
        try {
            Catalog.append(storeLog, new Catalog.Dropped(table.id()));
            // Once it is in the log, rows written to the table would be gone at the next start.
            tables.remove(name);
            storeLog.awaitDurable(storeLog.position());
        } finally {
            catalogLock.unlock();
        }
        try {
            table.upkeep().dropped();
        } catch (MillraceException e) {
            // The table is gone all the same: who makes a damaged one anew must be able to.
            log.error(
                    "table {} was dropped, but its index is damaged: the rows that its damaged blocks name count as wanted from"
                            + " now on, so that the segments they are in are packed later",
                    name,
                    e);
        }
    }

    /** @throws MillraceException {@code NOT_FOUND} where there is no such table of rows of one size */
    public TieredTable table(String name) {
        TieredTable table = tableOfAnySize(name);
        table.spec().requireSize(false);
        return table;
    }

    /** @throws MillraceException {@code NOT_FOUND} where there is no such table of values of variable size */
    public TieredValueTable values(String name) {
        TieredTable table = tableOfAnySize(name);
        table.spec().requireSize(true);
        return new TieredValueTable(table, shared);
    }

    /** What a table is. */
    public TableSpec spec(String name) {
        return tableOfAnySize(name).spec();
    }

    private TieredTable tableOfAnySize(String name) {
        TieredTable table = tables.get(name);
        if (table == null) {
            throw new MillraceException(
                    ErrorCode.NOT_FOUND, "there is no table " + name + "; there are " + tables.keySet());
        }
        return table;
    }

    /**
     * Lets a name stand for a table, at once for everybody who asks {@link #current} from now on. So a new version is loaded beside
     * the old one, which stays as a backup until it is dropped.
     */
    public synchronized void publish(String alias, String name) {
        tableOfAnySize(name).spec().requireDurable(alias);
        TableSpec.requireName(alias);
        catalogLock.lock();
        try {
            Catalog.append(storeLog, new Catalog.Alias(alias, name));
            storeLog.awaitDurable(storeLog.position());
            aliases.put(alias, name);
        } finally {
            catalogLock.unlock();
        }
    }

    /** The table that a name stands for now. */
    public TieredTable current(String alias) {
        return table(currentName(alias));
    }

    /** The table of values of variable size that a name stands for now. */
    public TieredValueTable currentValues(String alias) {
        return values(currentName(alias));
    }

    /** The versions of a table, of which a name stands for one. */
    public TableVersions versions(String alias) {
        TableSpec.requireName(alias);
        return new TableVersions(this, alias);
    }

    /** The names of the tables that there are now, at once: nothing is read for it. */
    public Set<String> tableNames() {
        return Set.copyOf(tables.keySet());
    }

    /** The names of tables in the order in which they were made. */
    List<String> namesByAge() {
        return tables.values().stream()
                .sorted(Comparator.comparingInt(TieredTable::id))
                .map(table -> table.spec().name())
                .toList();
    }

    String currentName(String alias) {
        String name = aliases.get(alias);
        if (name == null) {
            throw new MillraceException(ErrorCode.NOT_FOUND, "no table was published as " + alias);
        }
        return name;
    }

    /** Grows with each write. */
    public long position() {
        return storeLog.position();
    }

    /**
     * Returns when everything written up to a position is on disk.
     *
     * @throws MillraceException {@code STORAGE_FAILED} when the disk has not taken it within the limit
     */
    public void awaitDurable(long position) {
        storeLog.awaitDurable(position);
    }

    /** Makes a checkpoint now; the next start then reads no log. */
    public void checkpoint() throws IOException {
        keeper.checkpoint();
    }

    /** Adds to the checkpoint what the log has changed since, as the keeper does now and then. @return whether there was one */
    boolean increment() throws IOException {
        return keeper.increment();
    }

    /** Packs the segments that are worth it now. @return how many were packed */
    public int pack() throws IOException {
        return keeper.pack();
    }

    /**
     * Packs all segments that are sealed now, and writes the rows of some tables in an order in which those lie together that are
     * asked for together. What the newest segment of the log has stays where it is; after a start, the log goes on in another one.
     *
     * @param together sets of keys by the name of their table; keys without a row count for nothing
     * @return how many segments were packed
     */
    public int packTogether(Map<String, KeySets> together) throws IOException {
        Map<TieredTable, KeySets> byTable = new LinkedHashMap<>();
        together.forEach((name, sets) -> byTable.put(describeAgain(name), sets));
        return keeper.packTogether(byTable);
    }

    /** Before anything is appended after a start, the log's newest segment is that of before. */
    private synchronized TieredTable describeAgain(String name) {
        TieredTable table = tableOfAnySize(name);
        if (!table.spec().placement().isDurable()) {
            throw new MillraceException(
                    ErrorCode.INVALID_REQUEST, "table " + name + " is volatile: it has no rows on disk to be packed");
        }
        Catalog.append(storeLog, new Catalog.Table(table.id(), table.spec()));
        return table;
    }

    /** Fills memory with rows, as the keeper does after a start; returns when budgets are full or all rows are in memory. */
    void warmUp() throws IOException {
        keeper.warmUp();
    }

    /** Waits until the indexes of a start are settled: from then on {@link #stat} says how many rows there are. */
    public void settle() {
        tables.values().forEach(table -> table.upkeep().settle());
    }

    /** Why writes wait or fail now; empty where they do not. */
    public String trouble() {
        Throwable trouble = storeLog.trouble();
        return trouble == null ? "" : String.valueOf(trouble.getMessage());
    }

    /** What was found not to be as it was written since the store was opened, a sentence for each place; some dozens at most. */
    public List<String> damageSince() {
        return shared.damage().sentences();
    }

    FoundDamage found() {
        return shared.damage();
    }

    /** How long the disk has owed what was written without having confirmed anything. */
    public Duration writesOwed() {
        return storeLog.owed();
    }

    /** What a table holds and did, alone. */
    public TableStat stat(String name) {
        return tableOfAnySize(name).stat();
    }

    /** Waits for nothing, see {@link #settle}. */
    public StoreStat stat() {
        List<TableStat> stats = tables.values().stream().map(TieredTable::stat).toList();
        List<StoreStat.SegmentStat> files =
                segments.all().stream().map(StoreStat.SegmentStat::of).toList();
        return new StoreStat(
                stats,
                files,
                pool.access(),
                keeper.isWarm(),
                damage.stream().map(Throwable::getMessage).toList(),
                trouble());
    }

    /** Takes the rows of a person whose key was dropped out of memory. */
    private void erase(SubjectId subject) {
        MillraceException failure = null;
        for (TieredTable table : tables.values()) {
            try {
                if (table.spec().personal()) {
                    table.erasure().erase(subject);
                }
            } catch (MillraceException e) {
                failure = e;
            }
        }
        if (failure != null) {
            throw failure;
        }
    }

    /** What the cold tier did since the start; nothing for a store without one. */
    public Optional<ColdReport> coldReport() {
        return Optional.ofNullable(coldTier).map(ColdTier::report);
    }

    @Nullable
    ColdTier coldTier() {
        return coldTier;
    }

    Path directory() {
        return directory;
    }

    StoreConfig config() {
        return config;
    }

    Segments segments() {
        return segments;
    }

    ReadPool readPool() {
        return pool;
    }

    int nowSeconds() {
        return shared.clock().getAsInt();
    }

    StoreLog log() {
        return storeLog;
    }

    /** What a checkpoint must know of one moment: from where the log is replayed, and what tables there are. */
    record Catalogue(StoreLog.Moment moment, int lastTableId, List<TieredTable> tables, Map<String, String> aliases) {
        Catalogue {
            tables = List.copyOf(tables);
            aliases = Map.copyOf(aliases);
        }
    }

    Catalogue catalogue() {
        catalogLock.lock();
        try {
            return new Catalogue(storeLog.moment(), nextId, durableTables(), aliases);
        } finally {
            catalogLock.unlock();
        }
    }

    private void requireBudget(TableSpec spec) {
        long taken = 0;
        for (TieredTable table : tables.values()) {
            taken += table.spec().mostBytes();
        }
        if (taken + spec.mostBytes() > config.dramBytes()) {
            throw new MillraceException(
                    ErrorCode.INVALID_REQUEST,
                    "table " + spec.name() + " may take " + spec.mostBytes() + " bytes of memory and the others "
                            + taken + ", more than the store's " + config.dramBytes());
        }
    }

    List<TieredTable> tables() {
        return List.copyOf(tables.values());
    }

    /** Those that a checkpoint names. */
    List<TieredTable> durableTables() {
        return tables.values().stream()
                .filter(table -> table.spec().placement().isDurable())
                .toList();
    }

    @Nullable
    TieredTable tableById(int id) {
        for (TieredTable table : tables.values()) {
            if (table.id() == id) {
                return table;
            }
        }
        return null;
    }

    private List<Thread> writers() {
        List<Thread> writers = new ArrayList<>(List.of(storeLog.thread()));
        if (agent != null) {
            writers.add(agent.thread());
        }
        if (coldAgent != null) {
            writers.add(coldAgent.thread());
        }
        return writers;
    }

    private void endAgents() {
        if (coldTier != null) {
            coldTier.end();
        }
        if (coldAgent != null) {
            coldAgent.close();
        }
        if (agent != null) {
            agent.close();
        }
        if (coldTier != null) {
            coldTier.close();
        }
    }

    /** Ends as a crash would, but for what the log has already been given. */
    synchronized void abandon() throws IOException {
        closed = true;
        endOfDrops.run();
        endAgents();
        storeLog.close();
        pool.close();
        segments.close();
        held.closeAfter(writers());
    }

    /** Writes what waits, makes a checkpoint, and ends. */
    @Override
    public synchronized void close() throws IOException {
        if (closed) {
            return;
        }
        closed = true;
        endOfDrops.run();
        endAgents();
        List<Thread> writers = writers();
        try {
            writers.add(keeper.lastCheckpoint(config.closeLimit()));
        } finally {
            storeLog.close();
            pool.close();
            segments.close();
            held.closeAfter(writers);
        }
    }
}
