package dev.millrace.benchmarks.store.engine;

import org.jspecify.annotations.Nullable;

import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.util.concurrent.ConcurrentHashMap;

/** The JDK's {@link ConcurrentHashMap} with arrays as values: in the heap, sized before it is filled, not durable. */
public final class HashMapEngine implements StoreEngine, VersionSwap {
    private volatile ConcurrentHashMap<Long, byte[]> map;
    private final int rowBytes;

    /** Opens {@link HashMapEngine}. */
    public static final class Opener implements EngineOpener {
        @Override
        public EngineName name() {
            return EngineName.CONCURRENT_HASH_MAP;
        }

        @Override
        public StoreEngine open(EngineSetup setup) {
            return new HashMapEngine(setup);
        }
    }

    private HashMapEngine(EngineSetup setup) {
        if (setup.durable() || setup.hasBudget()) {
            throw new UnsupportedOperationException("a ConcurrentHashMap is not durable and has no tiers");
        }
        rowBytes = setup.rowBytes();
        map = new ConcurrentHashMap<>(Math.toIntExact(setup.rows()));
    }

    @Override
    public void load(RowSource rows) {
        fill(map, rows, 0);
    }

    @Override
    public void swap(RowSource rows, long version) {
        ConcurrentHashMap<Long, byte[]> next = new ConcurrentHashMap<>(Math.toIntExact(rows.count()));
        fill(next, rows, version);
        map = next;
    }

    private void fill(ConcurrentHashMap<Long, byte[]> into, RowSource rows, long version) {
        for (long i = 0; i < rows.count(); i++) {
            byte[] row = new byte[rowBytes];
            rows.write(rows.key(i), version, MemorySegment.ofArray(row), 0);
            into.put(rows.key(i), row);
        }
    }

    @Override
    public void upsert(long[] keys, int count, MemorySegment rows) {
        for (int i = 0; i < count; i++) {
            byte[] row = new byte[rowBytes];
            MemorySegment.copy(rows, ValueLayout.JAVA_BYTE, (long) i * rowBytes, row, 0, rowBytes);
            map.put(keys[i], row);
        }
    }

    @Override
    public StoreReader newReader() {
        return new HeapReader(rowBytes) {
            @Override
            protected byte @Nullable [] find(long key) {
                return map.get(key);
            }
        };
    }

    @Override
    public void close() {
        map.clear();
    }
}
