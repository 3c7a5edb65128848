package dev.millrace.features.rows;

import dev.millrace.storage.ValueTable;
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
import java.util.EnumMap;
import java.util.Map;
import java.util.NavigableSet;
import java.util.TreeSet;

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

    private static final int PORTION = 2048;
    private static final int VALUES = 256;

    private final TieredStore store;
    private final Map<FeatureTable, TableSpec> specs;
    private final Map<FeatureTable, FoldedRows> rows = new EnumMap<>(FeatureTable.class);
    private final FoldedValues users;

    /** @param store opened with the tables of {@code specs} */
    public StoredTables(TieredStore store, Map<FeatureTable, TableSpec> specs) {
        this.store = store;
        this.specs = new EnumMap<>(specs);
        this.users = new FoldedValues(store.values(FeatureTable.USERS.label()));
        for (FeatureTable table : FeatureTable.values()) {
            if (!table.isVariable()) {
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
    public FoldedValues users() {
        return users;
    }

    @Override
    public boolean reachBack(long offset) {
        NavigableSet<String> names = tableNames();
        for (FeatureTable table : FeatureTable.values()) {
            if (!names.contains(keptName(table, offset))) {
                return false;
            }
        }
        return true;
    }

    @Override
    public void settle(long offset, @Nullable ImportedRows imported) throws IOException {
        if (imported != null) {
            clear();
            imported.writeTo(this, offset);
        } else if (offset == 0) {
            clear();
        } else {
            goBack(offset);
        }
        keepAsOf(offset);
    }

    @Override
    public void keepAsOf(long offset) {
        NavigableSet<String> names = tableNames();
        for (FeatureTable table : FeatureTable.values()) {
            String name = keptName(table, offset);
            if (!names.contains(name)) {
                make(table, table.spec(name, KEPT_MEMORY_BYTES).withPlacement(Placement.COLD));
            }
            if (table.isVariable()) {
                users.keepBefore(store.values(name), offset);
            } else {
                rows(table).keepBefore(store.table(name), offset);
            }
        }
        store.awaitDurable(store.position());
    }

    /** Forgets what rows were at offsets before this one: no snapshot needs it. */
    public void forgetBefore(long offset) {
        for (FeatureTable table : FeatureTable.values()) {
            for (long kept : keptOffsets(table).headSet(offset)) {
                store.drop(keptName(table, kept));
            }
        }
    }

    /** Empty tables. */
    private void clear() {
        for (FeatureTable table : FeatureTable.values()) {
            for (long kept : keptOffsets(table).descendingSet()) {
                store.drop(keptName(table, kept));
            }
            store.drop(table.label());
            make(table, spec(table));
            if (table.isVariable()) {
                users.use(store.values(table.label()));
            } else {
                rows(table).use(store.table(table.label()));
            }
        }
    }

    private void make(FeatureTable table, TableSpec spec) {
        if (table.isVariable()) {
            TieredValueTable _ = store.createValues(spec);
        } else {
            TieredTable _ = store.create(spec);
        }
    }

    private void goBack(long offset) throws IOException {
        for (FeatureTable table : FeatureTable.values()) {
            NavigableSet<Long> later = keptOffsets(table).tailSet(offset, true).descendingSet();
            long changed = 0;
            for (long kept : later) {
                String name = keptName(table, kept);
                changed += table.isVariable()
                        ? restore(store.values(name), store.values(table.label()))
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
    }

    /** Puts all rows of one table into another; ordinals are dense. */
    private static long restore(TieredTable kept, TieredTable into) throws IOException {
        long[] keys = new long[PORTION];
        boolean[] found = new boolean[PORTION];
        int rowBytes = kept.rowBytes();
        MemorySegment memory = MemorySegment.ofArray(new long[PORTION * rowBytes / Long.BYTES]);
        long left = kept.size();
        for (long from = 0; left > 0; from += PORTION) {
            requireMore(from, left, kept.spec());
            for (int i = 0; i < PORTION; i++) {
                keys[i] = from + i;
            }
            left -= kept.getBatch(keys, PORTION, memory, 0, found);
            int count = 0;
            for (int i = 0; i < PORTION; i++) {
                if (found[i]) {
                    keys[count] = keys[i];
                    MemorySegment.copy(memory, (long) i * rowBytes, memory, (long) count * rowBytes, rowBytes);
                    count++;
                }
            }
            long _ = into.putBatch(keys, count, memory, 0);
        }
        return kept.size();
    }

    /** As above; a value of no bytes stands for none. */
    private static long restore(TieredValueTable kept, TieredValueTable into) throws IOException {
        long[] keys = new long[VALUES];
        int[] lengths = new int[VALUES];
        MemorySegment memory = MemorySegment.ofArray(new long[VALUES * kept.maxValueBytes() / Long.BYTES]);
        long left = kept.size();
        for (long from = 0; left > 0; from += VALUES) {
            requireMore(from, left, kept.spec());
            for (int i = 0; i < VALUES; i++) {
                keys[i] = from + i;
            }
            long _ = kept.getBatch(keys, VALUES, memory, 0, lengths);
            long at = 0;
            for (int i = 0; i < VALUES; i++) {
                if (lengths[i] == ValueTable.NONE) {
                    continue;
                }
                left--;
                if (lengths[i] == 0) {
                    boolean _ = into.remove(keys[i]);
                } else {
                    long _ = into.put(keys[i], memory, at, lengths[i]);
                }
                at += ValueTable.aligned(lengths[i]);
            }
        }
        return kept.size();
    }

    private static void requireMore(long from, long left, TableSpec kept) throws IOException {
        if (from > FeatureTable.MAX_ROWS) {
            throw new IOException("table " + kept.name() + " lacks " + left + " rows that it counts");
        }
    }

    private NavigableSet<String> tableNames() {
        NavigableSet<String> names = new TreeSet<>();
        store.stat().tables().stream().map(TableStat::name).forEach(names::add);
        return names;
    }

    /** The offsets at which rows were kept, of all tables of this kind. */
    private NavigableSet<Long> keptOffsets(FeatureTable table) {
        String prefix = table.label() + KEPT;
        NavigableSet<Long> offsets = new TreeSet<>();
        for (String name : tableNames()) {
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
