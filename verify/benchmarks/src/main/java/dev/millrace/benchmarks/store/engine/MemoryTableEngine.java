package dev.millrace.benchmarks.store.engine;

import dev.millrace.kernels.LargeMemory;
import dev.millrace.kernels.VectorMath;
import dev.millrace.storage.MemoryRowTable;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;

/** Millrace's {@link MemoryRowTable}, the reference in memory: not durable, and pooled by copying out first. */
public final class MemoryTableEngine implements StoreEngine {
    private final MemoryRowTable table;
    private final int rowBytes;

    /** Opens {@link MemoryTableEngine}. */
    public static final class Opener implements EngineOpener {
        @Override
        public EngineName name() {
            return EngineName.MEMORY_TABLE;
        }

        @Override
        public StoreEngine open(EngineSetup setup) {
            return new MemoryTableEngine(setup);
        }
    }

    private MemoryTableEngine(EngineSetup setup) {
        if (setup.durable() || setup.hasBudget()) {
            throw new UnsupportedOperationException("the table in memory is not durable and has no tiers");
        }
        rowBytes = setup.rowBytes();
        table = new MemoryRowTable(rowBytes, Math.toIntExact(setup.rows()));
    }

    @Override
    public void load(RowSource rows) {
        try (Arena arena = Arena.ofConfined()) {
            MemorySegment row = arena.allocate(rowBytes, 64);
            for (long i = 0; i < rows.count(); i++) {
                rows.write(rows.key(i), 0, row, 0);
                table.put(rows.key(i), row, 0);
            }
        }
    }

    @Override
    public void upsert(long[] keys, int count, MemorySegment rows) {
        for (int i = 0; i < count; i++) {
            table.put(keys[i], rows, (long) i * rowBytes);
        }
    }

    @Override
    public StoreReader newReader() {
        return new Reader();
    }

    @Override
    public void close() {
        table.close();
    }

    private final class Reader implements StoreReader {
        private boolean[] found = new boolean[0];
        private MemorySegment copied = MemorySegment.NULL;

        @Override
        public int multiGet(long[] keys, int count, MemorySegment into) {
            if (found.length < count) {
                found = new boolean[count];
            }
            return table.getBatch(keys, count, into, 0, found);
        }

        @Override
        public void multiGetPooled(long[] keys, int count, float[] sums) {
            if (copied.byteSize() < (long) count * rowBytes) {
                copied = LargeMemory.allocate((long) count * rowBytes, Arena.ofAuto());
            }
            multiGet(keys, count, copied);
            java.util.Arrays.fill(sums, 0);
            for (int i = 0; i < count; i++) {
                long at = (long) i * rowBytes;
                VectorMath.axpy(Int8Rows.factor(copied, at), copied, at, sums, Int8Rows.DIMENSIONS);
            }
        }
    }
}
