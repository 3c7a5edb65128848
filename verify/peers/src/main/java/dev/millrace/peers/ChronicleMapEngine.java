package dev.millrace.peers;

import dev.millrace.benchmarks.store.engine.EngineName;
import dev.millrace.benchmarks.store.engine.EngineOpener;
import dev.millrace.benchmarks.store.engine.EngineSetup;
import dev.millrace.benchmarks.store.engine.Int8Rows;
import dev.millrace.benchmarks.store.engine.RowSource;
import dev.millrace.benchmarks.store.engine.StoreEngine;
import dev.millrace.benchmarks.store.engine.StoreReader;
import dev.millrace.kernels.VectorMath;
import net.openhft.chronicle.map.ChronicleMap;

import java.io.IOException;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.util.Arrays;

/**
 * Chronicle Map in memory outside the heap: values of constant size, read with {@code getUsing} into one array that is used
 * again. Its file is a memory mapping without a promise of when a write is on disk, so it is not run as durable.
 */
public final class ChronicleMapEngine implements StoreEngine {
    private final ChronicleMap<Long, byte[]> map;
    private final int rowBytes;

    /** Opens {@link ChronicleMapEngine}. */
    public static final class Opener implements EngineOpener {
        @Override
        public EngineName name() {
            return EngineName.CHRONICLE_MAP;
        }

        @Override
        public StoreEngine open(EngineSetup setup) throws IOException {
            return new ChronicleMapEngine(setup);
        }
    }

    private ChronicleMapEngine(EngineSetup setup) throws IOException {
        if (setup.durable() || setup.hasBudget()) {
            throw new UnsupportedOperationException("Chronicle Map cannot wait for the disk and has no tiers");
        }
        rowBytes = setup.rowBytes();
        map = ChronicleMap.of(Long.class, byte[].class)
                .name("rows")
                .entries(setup.rows())
                .constantValueSizeBySample(new byte[rowBytes])
                .putReturnsNull(true)
                .create();
    }

    @Override
    public void load(RowSource rows) {
        byte[] row = new byte[rowBytes];
        MemorySegment bytes = MemorySegment.ofArray(row);
        for (long i = 0; i < rows.count(); i++) {
            rows.write(rows.key(i), 0, bytes, 0);
            map.put(rows.key(i), row);
        }
    }

    @Override
    public void upsert(long[] keys, int count, MemorySegment rows) {
        byte[] row = new byte[rowBytes];
        for (int i = 0; i < count; i++) {
            MemorySegment.copy(rows, ValueLayout.JAVA_BYTE, (long) i * rowBytes, row, 0, rowBytes);
            map.put(keys[i], row);
        }
    }

    @Override
    public StoreReader newReader() {
        return new Reader();
    }

    @Override
    public long ownBytes() {
        return map.offHeapMemoryUsed();
    }

    @Override
    public void close() {
        map.close();
    }

    private final class Reader implements StoreReader {
        private static final ValueLayout.OfFloat FLOAT = ValueLayout.JAVA_FLOAT_UNALIGNED;

        private final byte[] row = new byte[rowBytes];
        private final MemorySegment rowBytesView = MemorySegment.ofArray(row);

        @Override
        public int multiGet(long[] keys, int count, MemorySegment into) {
            int hits = 0;
            for (int i = 0; i < count; i++) {
                long at = (long) i * rowBytes;
                if (map.getUsing(keys[i], row) == null) {
                    into.asSlice(at, rowBytes).fill((byte) 0);
                } else {
                    MemorySegment.copy(row, 0, into, ValueLayout.JAVA_BYTE, at, rowBytes);
                    hits++;
                }
            }
            return hits;
        }

        @Override
        public void multiGetPooled(long[] keys, int count, float[] sums) {
            Arrays.fill(sums, 0);
            for (int i = 0; i < count; i++) {
                if (map.getUsing(keys[i], row) != null) {
                    float factor = rowBytesView.get(FLOAT, Int8Rows.DIMENSIONS);
                    VectorMath.axpy(factor, row, 0, sums, Int8Rows.DIMENSIONS);
                }
            }
        }
    }
}
