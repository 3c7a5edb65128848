package dev.millrace.peers;

import dev.millrace.benchmarks.store.engine.Int8Rows;
import dev.millrace.benchmarks.store.engine.OrderedScans;
import dev.millrace.benchmarks.store.engine.StoreReader;
import dev.millrace.kernels.VectorMath;
import org.rocksdb.ByteBufferGetStatus;
import org.rocksdb.ReadOptions;
import org.rocksdb.RocksDB;
import org.rocksdb.RocksDBException;
import org.rocksdb.RocksIterator;
import org.rocksdb.Status;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;

/** Reads a batch from RocksDB straight into the caller's memory, by one call or row by row. Owned by one thread. */
final class RocksDbReader implements StoreReader, OrderedScans {
    private final RocksDB db;
    private final ReadOptions reading;
    private final int rowBytes;
    private final boolean byMultiGet;

    private final List<ByteBuffer> keyBuffers = new ArrayList<>();
    private final List<ByteBuffer> rowBuffers = new ArrayList<>();
    private MemorySegment target = MemorySegment.NULL;
    private MemorySegment copied = MemorySegment.NULL;

    RocksDbReader(RocksDB db, ReadOptions reading, int rowBytes, boolean byMultiGet) {
        this.db = db;
        this.reading = reading;
        this.rowBytes = rowBytes;
        this.byMultiGet = byMultiGet;
    }

    @Override
    public int multiGet(long[] keys, int count, MemorySegment into) {
        prepare(keys, count, into);
        try {
            return byMultiGet ? getTogether(count, into) : getEach(count, into);
        } catch (RocksDBException e) {
            throw new IllegalStateException("RocksDB failed to read", e);
        }
    }

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
    public int scan(long from, int count, MemorySegment into) {
        ByteBuffer start = ByteBuffer.allocateDirect(Long.BYTES).putLong(from).flip();
        int read = 0;
        try (RocksIterator rows = db.newIterator(reading)) {
            for (rows.seek(start); rows.isValid() && read < count; rows.next()) {
                rows.value(into.asSlice((long) read * rowBytes, rowBytes).asByteBuffer());
                read++;
            }
        }
        return read;
    }

    /** Buffers over the caller's memory are made once and used again for the same memory. */
    private void prepare(long[] keys, int count, MemorySegment into) {
        if (into.address() != target.address() || rowBuffers.size() < count) {
            target = into;
            rowBuffers.clear();
            for (int i = 0; i < count; i++) {
                rowBuffers.add(into.asSlice((long) i * rowBytes, rowBytes).asByteBuffer());
            }
        }
        while (keyBuffers.size() < count) {
            keyBuffers.add(ByteBuffer.allocateDirect(Long.BYTES));
        }
        for (int i = 0; i < count; i++) {
            keyBuffers.get(i).clear().putLong(keys[i]).flip();
            rowBuffers.get(i).clear();
        }
    }

    private int getTogether(int count, MemorySegment into) throws RocksDBException {
        List<ByteBufferGetStatus> answers =
                db.multiGetByteBuffers(reading, keyBuffers.subList(0, count), rowBuffers.subList(0, count));
        int hits = 0;
        for (int i = 0; i < count; i++) {
            Status.Code code = answers.get(i).status.getCode();
            if (code == Status.Code.Ok) {
                hits++;
            } else if (code == Status.Code.NotFound) {
                zero(i, into);
            } else {
                throw new RocksDBException(answers.get(i).status);
            }
        }
        return hits;
    }

    private int getEach(int count, MemorySegment into) throws RocksDBException {
        int hits = 0;
        for (int i = 0; i < count; i++) {
            if (db.get(reading, keyBuffers.get(i), rowBuffers.get(i)) == RocksDB.NOT_FOUND) {
                zero(i, into);
            } else {
                hits++;
            }
        }
        return hits;
    }

    private void zero(int i, MemorySegment into) {
        into.asSlice((long) i * rowBytes, rowBytes).fill((byte) 0);
    }
}
