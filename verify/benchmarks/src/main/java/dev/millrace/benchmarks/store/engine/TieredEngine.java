package dev.millrace.benchmarks.store.engine;

import dev.millrace.model.MillraceException;
import dev.millrace.storage.tiered.Placement;
import dev.millrace.storage.tiered.Precision;
import dev.millrace.storage.tiered.StoreConfig;
import dev.millrace.storage.tiered.TableSpec;
import dev.millrace.storage.tiered.TableStat;
import dev.millrace.storage.tiered.TieredStore;
import dev.millrace.storage.tiered.TieredTable;

import java.io.IOException;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.time.Duration;
import java.util.List;

/**
 * Millrace's {@link TieredStore}: a tiered table, its policy at work, every row on disk as well. Rows of {@link Int8Rows} are
 * given as floats, kept as bytes and a factor in memory, and summed up without being copied out.
 */
public final class TieredEngine implements StoreEngine, VersionSwap {
    private static final String ALIAS = "rows";
    private static final int LOAD_BATCH = 2000;

    private final TieredStore store;
    private final EngineSetup setup;
    private final Precision precision;
    private final Placement placement;
    private final boolean pooled;

    /** Opens a {@link TieredEngine} whose rows lie in memory as they were written. */
    public static final class Opener implements EngineOpener {
        @Override
        public EngineName name() {
            return EngineName.MILLRACE;
        }

        @Override
        public StoreEngine open(EngineSetup setup) throws IOException {
            boolean pooled = setup.rowBytes() == Int8Rows.ROW_BYTES;
            return new TieredEngine(setup, pooled ? Precision.INT8 : Precision.EXACT, Placement.TIERED);
        }
    }

    /** Opens a {@link TieredEngine} whose rows of floats lie in memory as bytes, all of them: no policy chooses. */
    public static final class Int8Opener implements EngineOpener {
        @Override
        public EngineName name() {
            return EngineName.MILLRACE_INT8;
        }

        @Override
        public StoreEngine open(EngineSetup setup) throws IOException {
            return new TieredEngine(setup, Precision.INT8, Placement.PINNED);
        }
    }

    private TieredEngine(EngineSetup setup, Precision precision, Placement placement) throws IOException {
        this.setup = setup;
        this.precision = precision;
        this.placement = placement;
        pooled = setup.rowBytes() == Int8Rows.ROW_BYTES;
        store = TieredStore.open(setup.directory().resolve("store"), StoreConfig.defaults(), List.of(spec(0)));
        if (!isPublished()) {
            store.publish(ALIAS, name(0));
        }
    }

    private boolean isPublished() {
        try {
            TieredTable ignored = store.current(ALIAS);
            return true;
        } catch (MillraceException none) {
            return false;
        }
    }

    private TableSpec spec(long version) {
        int rowBytes = pooled ? FloatRows.ROW_BYTES : setup.rowBytes();
        return new TableSpec(
                name(version),
                rowBytes,
                setup.rows(),
                placement,
                precision,
                setup.hasBudget() ? setup.memoryBytes() : setup.rows() * (rowBytes + 64L) * 2,
                Duration.ZERO);
    }

    private static String name(long version) {
        return ALIAS + "@" + version;
    }

    @Override
    public void load(RowSource rows) {
        load(store.current(ALIAS), rows, 0);
    }

    @Override
    public void swap(RowSource rows, long version) {
        TieredTable next = store.create(spec(version));
        load(next, rows, version);
        store.publish(ALIAS, name(version));
    }

    private void load(TieredTable table, RowSource given, long version) {
        RowSource rows = pooled ? new FloatRows(given.count()) : given;
        long[] keys = new long[LOAD_BATCH];
        try (Arena arena = Arena.ofConfined()) {
            MemorySegment batch = arena.allocate((long) LOAD_BATCH * rows.rowBytes(), 64);
            for (long from = 0; from < rows.count(); from += LOAD_BATCH) {
                int count = (int) Math.min(LOAD_BATCH, rows.count() - from);
                for (int i = 0; i < count; i++) {
                    keys[i] = rows.key(from + i);
                    rows.write(keys[i], version, batch, (long) i * rows.rowBytes());
                }
                long ignored = table.putBatch(keys, count, batch, 0);
            }
        }
        store.awaitDurable(store.position());
    }

    @Override
    public void upsert(long[] keys, int count, MemorySegment rows) {
        long position = store.current(ALIAS).putBatch(keys, count, rows, 0);
        if (setup.durable()) {
            store.awaitDurable(position);
        }
    }

    @Override
    public long ownBytes() {
        TableStat.Memory memory = store.current(ALIAS).stat().memory();
        return memory.taken() + memory.index();
    }

    @Override
    public boolean isWarm() {
        return store.stat().warm();
    }

    @Override
    public StoreReader newReader() {
        return new Reader();
    }

    @Override
    public void close() throws IOException {
        store.close();
    }

    private final class Reader implements StoreReader {
        private boolean[] found = new boolean[0];

        @Override
        public int multiGet(long[] keys, int count, MemorySegment into) {
            if (found.length < count) {
                found = new boolean[count];
            }
            return store.current(ALIAS).getBatch(keys, count, into, 0, found);
        }

        @Override
        public void multiGetPooled(long[] keys, int count, float[] sums) {
            int ignored = store.current(ALIAS).sum(keys, count, null, sums);
        }
    }
}
