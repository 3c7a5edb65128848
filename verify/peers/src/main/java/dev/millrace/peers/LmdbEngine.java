package dev.millrace.peers;

import dev.millrace.benchmarks.store.engine.EngineName;
import dev.millrace.benchmarks.store.engine.EngineOpener;
import dev.millrace.benchmarks.store.engine.EngineSetup;
import dev.millrace.benchmarks.store.engine.Int8Rows;
import dev.millrace.benchmarks.store.engine.OrderedScans;
import dev.millrace.benchmarks.store.engine.RowSource;
import dev.millrace.benchmarks.store.engine.StoreEngine;
import dev.millrace.benchmarks.store.engine.StoreReader;
import dev.millrace.kernels.VectorMath;
import org.lmdbjava.Cursor;
import org.lmdbjava.Dbi;
import org.lmdbjava.DbiFlags;
import org.lmdbjava.Env;
import org.lmdbjava.EnvFlags;
import org.lmdbjava.GetOp;
import org.lmdbjava.PutFlags;
import org.lmdbjava.Txn;

import java.io.IOException;
import java.lang.foreign.MemorySegment;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;

/**
 * LMDB by lmdbjava: integer keys, loaded in order by appending, one read transaction that is renewed for each batch, and rows
 * copied out of the mapping. Durable: each batch is a transaction that is synchronised; otherwise nothing is.
 */
public final class LmdbEngine implements StoreEngine {
    private static final int LOAD_TRANSACTION = 100_000;

    private final Env<ByteBuffer> env;
    private final Dbi<ByteBuffer> rows;
    private final int rowBytes;
    private final ByteBuffer key = ByteBuffer.allocateDirect(Long.BYTES).order(ByteOrder.nativeOrder());

    /** Opens {@link LmdbEngine}. */
    public static final class Opener implements EngineOpener {
        @Override
        public EngineName name() {
            return EngineName.LMDB;
        }

        @Override
        public StoreEngine open(EngineSetup setup) throws IOException {
            return new LmdbEngine(setup);
        }
    }

    private LmdbEngine(EngineSetup setup) {
        if (setup.hasBudget()) {
            throw new UnsupportedOperationException("LMDB leaves its memory to the system's page cache");
        }
        rowBytes = setup.rowBytes();
        List<EnvFlags> flags = new ArrayList<>(List.of(EnvFlags.MDB_NOTLS));
        if (!setup.durable()) {
            flags.add(EnvFlags.MDB_NOSYNC);
        }
        env = Env.create()
                .setMapSize((512L << 20) + setup.rows() * (rowBytes + 64L) * 4)
                .setMaxReaders(16)
                .open(setup.directory().toFile(), flags.toArray(EnvFlags[]::new));
        rows = env.openDbi((String) null, DbiFlags.MDB_CREATE, DbiFlags.MDB_INTEGERKEY);
    }

    @Override
    public void load(RowSource source) {
        ByteBuffer row = ByteBuffer.allocateDirect(rowBytes);
        MemorySegment rowSegment = MemorySegment.ofBuffer(row);
        long[] keys = SortedKeys.unsigned(source);
        for (int from = 0; from < keys.length; from += LOAD_TRANSACTION) {
            int to = Math.min(keys.length, from + LOAD_TRANSACTION);
            try (Txn<ByteBuffer> txn = env.txnWrite()) {
                for (int i = from; i < to; i++) {
                    source.write(keys[i], 0, rowSegment, 0);
                    key.putLong(0, keys[i]);
                    rows.put(txn, key, row, PutFlags.MDB_APPEND);
                }
                txn.commit();
            }
        }
    }

    @Override
    public void upsert(long[] keys, int count, MemorySegment from) {
        ByteBuffer all = from.asByteBuffer();
        try (Txn<ByteBuffer> txn = env.txnWrite()) {
            for (int i = 0; i < count; i++) {
                key.putLong(0, keys[i]);
                rows.put(txn, key, all.slice(i * rowBytes, rowBytes));
            }
            txn.commit();
        }
    }

    @Override
    public StoreReader newReader() {
        return new Reader(env.txnRead());
    }

    @Override
    public long ownBytes() {
        return (env.info().lastPageNumber + 1) * env.stat().pageSize;
    }

    @Override
    public void close() {
        env.close();
    }

    private final class Reader implements StoreReader, OrderedScans {
        private final Txn<ByteBuffer> txn;
        private final ByteBuffer wanted = ByteBuffer.allocateDirect(Long.BYTES).order(ByteOrder.nativeOrder());
        private ByteBuffer out = ByteBuffer.allocateDirect(0);
        private MemorySegment outSegment = MemorySegment.NULL;

        Reader(Txn<ByteBuffer> txn) {
            this.txn = txn;
            txn.reset();
        }

        @Override
        public int multiGet(long[] keys, int count, MemorySegment into) {
            if (into.address() != outSegment.address() || into.byteSize() != outSegment.byteSize()) {
                outSegment = into;
                out = into.asByteBuffer();
            }
            txn.renew();
            int hits = 0;
            for (int i = 0; i < count; i++) {
                wanted.putLong(0, keys[i]);
                ByteBuffer row = rows.get(txn, wanted);
                if (row == null) {
                    into.asSlice((long) i * rowBytes, rowBytes).fill((byte) 0);
                } else {
                    out.put(i * rowBytes, row, 0, rowBytes);
                    hits++;
                }
            }
            txn.reset();
            return hits;
        }

        @Override
        public void multiGetPooled(long[] keys, int count, float[] sums) {
            Arrays.fill(sums, 0);
            txn.renew();
            for (int i = 0; i < count; i++) {
                wanted.putLong(0, keys[i]);
                ByteBuffer row = rows.get(txn, wanted);
                if (row != null) {
                    MemorySegment segment = MemorySegment.ofBuffer(row);
                    VectorMath.axpy(Int8Rows.factor(segment, 0), segment, 0, sums, Int8Rows.DIMENSIONS);
                }
            }
            txn.reset();
        }

        @Override
        public int scan(long from, int count, MemorySegment into) {
            ByteBuffer target = into.asByteBuffer();
            txn.renew();
            int read = 0;
            try (Cursor<ByteBuffer> cursor = rows.openCursor(txn)) {
                wanted.putLong(0, from);
                for (boolean there = cursor.get(wanted, GetOp.MDB_SET_RANGE);
                        there && read < count;
                        there = cursor.next()) {
                    target.put(read * rowBytes, cursor.val(), 0, rowBytes);
                    read++;
                }
            }
            txn.reset();
            return read;
        }

        @Override
        public void close() {
            txn.close();
        }
    }
}
