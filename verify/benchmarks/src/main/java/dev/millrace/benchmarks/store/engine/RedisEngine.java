package dev.millrace.benchmarks.store.engine;

import dev.millrace.kernels.VectorMath;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.util.Arrays;

/**
 * Debian's Redis behind its Unix socket: one MGET or MSET for a batch of binary keys, written and parsed by hand.
 *
 * <p>Not durable: nothing persisted. Durable: the append-only file is synchronised before each answer.
 */
public final class RedisEngine implements StoreEngine {
    private static final int LOAD_BATCH = 500;

    private final RedisServer server;
    private final RedisConnection writing;
    private final int rowBytes;

    /** Opens {@link RedisEngine}. */
    public static final class Opener implements EngineOpener {
        @Override
        public EngineName name() {
            return EngineName.REDIS;
        }

        @Override
        public StoreEngine open(EngineSetup setup) throws IOException {
            return new RedisEngine(setup);
        }
    }

    private RedisEngine(EngineSetup setup) throws IOException {
        if (setup.hasBudget()) {
            throw new UnsupportedOperationException("Redis has no tiers");
        }
        rowBytes = setup.rowBytes();
        server = RedisServer.start(setup.redis(), setup.directory(), setup.durable());
        writing = new RedisConnection(server.connect(), rowBytes);
        writing.awaitLoaded();
    }

    @Override
    public void load(RowSource rows) throws IOException {
        long[] keys = new long[LOAD_BATCH];
        try (Arena arena = Arena.ofConfined()) {
            MemorySegment batch = arena.allocate((long) LOAD_BATCH * rowBytes, 64);
            for (long from = 0; from < rows.count(); from += LOAD_BATCH) {
                int count = (int) Math.min(LOAD_BATCH, rows.count() - from);
                for (int i = 0; i < count; i++) {
                    keys[i] = rows.key(from + i);
                    rows.write(keys[i], 0, batch, (long) i * rowBytes);
                }
                upsert(keys, count, batch);
            }
        }
    }

    @Override
    public void upsert(long[] keys, int count, MemorySegment rows) throws IOException {
        writing.set(keys, count, rows);
    }

    @Override
    public StoreReader newReader() {
        try {
            return new Reader(new RedisConnection(server.connect(), rowBytes));
        } catch (IOException e) {
            throw new UncheckedIOException("no second connection to redis-server", e);
        }
    }

    @Override
    public long serverCpuNanos() {
        return server.cpuNanos();
    }

    @Override
    public long serverResidentBytes() {
        return server.residentBytes();
    }

    @Override
    public long ownBytes() {
        return server.residentBytes();
    }

    @Override
    public void close() throws IOException {
        writing.close();
        server.close();
    }

    private final class Reader implements StoreReader {
        private final RedisConnection connection;
        private MemorySegment copied = MemorySegment.NULL;

        Reader(RedisConnection connection) {
            this.connection = connection;
        }

        @Override
        public int multiGet(long[] keys, int count, MemorySegment into) {
            try {
                return connection.get(keys, count, into);
            } catch (IOException e) {
                throw new UncheckedIOException("redis-server did not answer; see its log", e);
            }
        }

        /** A missing row is zeros, so its factor is 0 and it adds nothing. */
        @Override
        public void multiGetPooled(long[] keys, int count, float[] sums) {
            if (copied.byteSize() < (long) count * rowBytes) {
                copied = Arena.ofAuto().allocate((long) count * rowBytes, 64);
            }
            multiGet(keys, count, copied);
            Arrays.fill(sums, 0);
            for (int i = 0; i < count; i++) {
                long at = (long) i * rowBytes;
                VectorMath.axpy(Int8Rows.factor(copied, at), copied, at, sums, Int8Rows.DIMENSIONS);
            }
        }

        @Override
        public void close() {
            try {
                connection.close();
            } catch (IOException e) {
                throw new UncheckedIOException("the connection to redis-server did not close", e);
            }
        }
    }
}
