package dev.millrace.peers;

import com.github.benmanes.caffeine.cache.Cache;
import com.github.benmanes.caffeine.cache.Caffeine;
import dev.millrace.benchmarks.store.engine.EngineName;
import dev.millrace.benchmarks.store.engine.EngineOpener;
import dev.millrace.benchmarks.store.engine.EngineSetup;
import dev.millrace.benchmarks.store.engine.HeapReader;
import dev.millrace.benchmarks.store.engine.RowSource;
import dev.millrace.benchmarks.store.engine.StoreEngine;
import dev.millrace.benchmarks.store.engine.StoreReader;
import org.jspecify.annotations.Nullable;

import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;

/** Caffeine with arrays as values: sized before it is filled, bounded, so that its policy is at work, at what it holds. */
public final class CaffeineEngine implements StoreEngine {
    private final Cache<Long, byte[]> cache;
    private final int rowBytes;

    /** Opens {@link CaffeineEngine}. */
    public static final class Opener implements EngineOpener {
        @Override
        public EngineName name() {
            return EngineName.CAFFEINE;
        }

        @Override
        public StoreEngine open(EngineSetup setup) {
            return new CaffeineEngine(setup);
        }
    }

    private CaffeineEngine(EngineSetup setup) {
        if (setup.durable() || setup.hasBudget()) {
            throw new UnsupportedOperationException("Caffeine is not durable and has no tier below");
        }
        rowBytes = setup.rowBytes();
        cache = Caffeine.newBuilder()
                .initialCapacity(Math.toIntExact(setup.rows()))
                .maximumSize(setup.rows())
                .build();
    }

    @Override
    public void load(RowSource rows) {
        for (long i = 0; i < rows.count(); i++) {
            byte[] row = new byte[rowBytes];
            rows.write(rows.key(i), 0, MemorySegment.ofArray(row), 0);
            cache.put(rows.key(i), row);
        }
        cache.cleanUp();
    }

    @Override
    public void upsert(long[] keys, int count, MemorySegment rows) {
        for (int i = 0; i < count; i++) {
            byte[] row = new byte[rowBytes];
            MemorySegment.copy(rows, ValueLayout.JAVA_BYTE, (long) i * rowBytes, row, 0, rowBytes);
            cache.put(keys[i], row);
        }
    }

    @Override
    public StoreReader newReader() {
        return new HeapReader(rowBytes) {
            @Override
            protected byte @Nullable [] find(long key) {
                return cache.getIfPresent(key);
            }
        };
    }

    @Override
    public void close() {
        cache.invalidateAll();
    }
}
