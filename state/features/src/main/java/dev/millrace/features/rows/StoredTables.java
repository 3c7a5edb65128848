package dev.millrace.features.rows;

import dev.millrace.model.MillraceException;
import dev.millrace.model.UserId;
import dev.millrace.storage.ValueTable;
import dev.millrace.storage.personal.KeyTable;
import dev.millrace.storage.personal.PersonalCipher;
import dev.millrace.storage.personal.SubjectId;
import dev.millrace.storage.tiered.Placement;
import dev.millrace.storage.tiered.TableSpec;
import dev.millrace.storage.tiered.TableStat;
import dev.millrace.storage.tiered.TieredStore;
import dev.millrace.storage.tiered.TieredTable;
import dev.millrace.storage.tiered.TieredValueTable;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

import java.io.IOException;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.util.EnumMap;
import java.util.Map;
import java.util.NavigableSet;
import java.util.Set;
import java.util.TreeSet;
import java.util.function.IntFunction;

/**
 * Tables in the tiered store, whose rows may be further on than the newest snapshot of the rest of the state.
 *
 * <p>Beside each table lie some that hold <b>rows as they were</b>: one for each snapshot, with the rows that changed between it and the
 * next one. So the rows of an offset are those of the table, over which the rows kept since the present snapshot are
 * laid, then those kept before it, and so on back to that offset. A kept row is in the store's log before the row that
 * replaces it: a crash cannot leave the second without the first. Rows are settled and changed by the writer of the state;
 * {@link #forgetBefore} may be called by another thread.
 */
public final class StoredTables implements FeatureTables {
    private static final Logger log = LoggerFactory.getLogger(StoredTables.class);
    private static final String KEPT = ".kept@";
    /** Rows that wait for the disk; those on disk are read when somebody goes back. */
    private static final long KEPT_MEMORY_BYTES = 4L << 20;

    private final TieredStore store;
    private final Map<FeatureTable, TableSpec> specs;
    private final Map<FeatureTable, FoldedRows> rows = new EnumMap<>(FeatureTable.class);
    private final Map<FeatureTable, FoldedValues> values = new EnumMap<>(FeatureTable.class);
    private final @Nullable PersonalCipher cipher;

    /**
     * @param store opened with the tables of {@code specs}
     * @param keys of users, where their table is personal
     */
    public StoredTables(TieredStore store, Map<FeatureTable, TableSpec> specs, @Nullable KeyTable keys) {
        this.store = store;
        this.specs = new EnumMap<>(specs);
        this.cipher = keys == null ? null : new PersonalCipher(keys);
        for (FeatureTable table : FeatureTable.values()) {
            if (table.isVariable()) {
                values.put(table, new FoldedValues(store.values(table.label())));
            } else {
                rows.put(table, new FoldedRows(table.longs(), store.table(table.label())));
            }
        }
    }

    @Override
    public FoldedRows rows(FeatureTable table) {
        FoldedRows found = rows.get(table);
        if (found == null) {
            throw new IllegalStateException("no rows for " + table);
        }
        return found;
    }

    @Override
    public FoldedValues values(FeatureTable table) {
        FoldedValues found = values.get(table);
        if (found == null) {
            throw new IllegalStateException("no values for " + table);
        }
        return found;
    }

    @Override
    public @Nullable PersonalCipher cipher() {
        return cipher;
    }

    @Override
    public boolean reachBack(long offset, Set<FeatureTable> of) {
        Set<String> names = store.tableNames();
        for (FeatureTable table : of) {
            if (!names.contains(keptName(table, offset))) {
                return false;
            }
        }
        return true;
    }

    @Override
    public void settle(long offset, @Nullable ImportedRows imported, IntFunction<@Nullable UserId> owners)
            throws IOException {
        for (FeatureTable table : FeatureTable.values()) {
            if (offset == 0 || (imported != null && imported.tables().contains(table))) {
                clear(table);
            } else {
                goBack(table, offset, owners);
            }
        }
        if (imported != null) {
            imported.writeTo(this, offset);
        }
        keepAsOf(offset);
    }

    @Override
    public void keepAsOf(long offset) {
        Set<String> names = store.tableNames();
        for (FeatureTable table : FeatureTable.values()) {
            String name = keptName(table, offset);
            if (!names.contains(name)) {
                make(table, kept(table, name));
            }
            if (table.isVariable()) {
                values(table).keepBefore(store.values(name), offset);
            } else {
                rows(table).keepBefore(store.table(name), offset);
            }
        }
        store.awaitDurable(store.position());
    }

    /**
     * Visits the rows of a table as they were at the newest offset that they are kept as of, in no particular order; one that changes
     * meanwhile may come twice, the same both times. By any thread: the writer goes on, but keeps rows as of no other offset meanwhile.
     * Rows of erased users are left out.
     *
     * @throws MillraceException {@code CONFLICT} where more than a million rows changed meanwhile, {@code UNAVAILABLE} where a tier
     *     is late for long
     */
    public void visitAsOf(long offset, FeatureTable table, ValueTable.ValueVisitor visitor) {
        // The present rows first: one that changes after its turn or before it is among the kept ones by then.
        visit(table, table.label(), (key, row) -> {
            if (stamp(row) <= offset) {
                visitor.visit(key, row);
            }
        });
        visit(table, keptName(table, offset), (key, row) -> {
            // Else there was none.
            if (row.byteSize() > 0 && stamp(row) > 0) {
                visitor.visit(key, row);
            }
        });
    }

    /** How many bytes all rows have together; where none of a table of any length is in memory, how many they have at most. */
    public long bytesAbout() {
        long bytes = 0;
        for (FeatureTable table : FeatureTable.values()) {
            TableStat stat = store.stat(table.label());
            boolean isMeasured = table.isVariable() && stat.residentRows() > 0;
            long each =
                    isMeasured ? stat.memory().rows().rows() / stat.residentRows() : (long) table.longs() * Long.BYTES;
            bytes += stat.rows() * each;
        }
        return bytes;
    }

    private void visit(FeatureTable table, String name, ValueTable.ValueVisitor visitor) {
        if (table.isVariable()) {
            store.values(name).forEach(visitor);
            return;
        }
        TieredTable visited = store.table(name);
        visited.forEach((key, memory, at) -> visitor.visit(key, memory.asSlice(at, visited.rowBytes())));
    }

    private static long stamp(MemorySegment row) {
        return row.get(ValueLayout.JAVA_LONG_UNALIGNED, 0);
    }

    /** Forgets what rows were at offsets before this one: no snapshot needs it. */
    public void forgetBefore(long offset) {
        for (FeatureTable table : FeatureTable.values()) {
            for (long kept : keptOffsets(table).headSet(offset)) {
                store.drop(keptName(table, kept));
            }
        }
    }

    /** Makes the table an empty one. */
    private void clear(FeatureTable table) {
        for (long kept : keptOffsets(table).descendingSet()) {
            store.drop(keptName(table, kept));
        }
        store.drop(table.label());
        make(table, spec(table));
        if (table.isVariable()) {
            values(table).use(store.values(table.label()));
        } else {
            rows(table).use(store.table(table.label()));
        }
    }

    private void make(FeatureTable table, TableSpec spec) {
        if (table.isVariable()) {
            TieredValueTable _ = store.createValues(spec);
        } else {
            TieredTable _ = store.create(spec);
        }
    }

    private TableSpec kept(FeatureTable table, String name) {
        TableSpec spec = table.spec(name, KEPT_MEMORY_BYTES).withPlacement(Placement.COLD);
        return spec(table).personal() ? spec.asPersonal() : spec;
    }

    private void goBack(FeatureTable table, long offset, IntFunction<@Nullable UserId> owners) {
        NavigableSet<Long> later = keptOffsets(table).tailSet(offset, true).descendingSet();
        long changed = 0;
        for (long kept : later) {
            String name = keptName(table, kept);
            changed += table.isVariable()
                    ? restoreUsers(store.values(name), store.values(table.label()), owners)
                    : restore(store.table(name), store.table(table.label()));
        }
        // The newest first: after a crash in between, the rest still leads to the offset.
        for (long kept : later) {
            if (kept != offset) {
                store.drop(keptName(table, kept));
            }
        }
        log.info("table {} is as of offset {}: {} rows put back", table.label(), offset, changed);
    }

    /** Puts all rows of one table into another; waits for those of a tier that is late. */
    private static long restore(TieredTable kept, TieredTable into) {
        long before = kept.size();
        kept.forEach(into::put);
        return before;
    }

    /** As above; a value of no bytes stands for none. Rows of erased users cannot be read, and are not visited. */
    private static long restoreUsers(
            TieredValueTable kept, TieredValueTable into, IntFunction<@Nullable UserId> owners) {
        long before = kept.size();
        kept.forEach((key, value) -> {
            UserId owner = owners.apply((int) key);
            if (owner == null || value.byteSize() == 0) {
                boolean _ = into.remove(key);
            } else {
                long _ = into.put(SubjectId.of(owner.value()), key, value, 0, (int) value.byteSize());
            }
        });
        return before;
    }

    /** The offsets at which rows were kept, of all tables of this kind. */
    private NavigableSet<Long> keptOffsets(FeatureTable table) {
        String prefix = table.label() + KEPT;
        NavigableSet<Long> offsets = new TreeSet<>();
        for (String name : store.tableNames()) {
            if (name.startsWith(prefix)) {
                offsets.add(Long.parseLong(name.substring(prefix.length())));
            }
        }
        return offsets;
    }

    private TableSpec spec(FeatureTable table) {
        TableSpec spec = specs.get(table);
        if (spec == null) {
            throw new IllegalStateException("no specification of " + table);
        }
        return spec;
    }

    private static String keptName(FeatureTable table, long offset) {
        return table.label() + KEPT + offset;
    }
}
