package dev.millrace.peers;

import dev.millrace.benchmarks.store.engine.EngineName;
import dev.millrace.benchmarks.store.engine.EngineOpener;
import dev.millrace.benchmarks.store.engine.EngineSetup;
import dev.millrace.benchmarks.store.engine.RowSource;
import dev.millrace.benchmarks.store.engine.StoreEngine;
import dev.millrace.benchmarks.store.engine.StoreReader;
import org.rocksdb.BlockBasedTableConfig;
import org.rocksdb.BloomFilter;
import org.rocksdb.CompressionType;
import org.rocksdb.DataBlockIndexType;
import org.rocksdb.EnvOptions;
import org.rocksdb.IngestExternalFileOptions;
import org.rocksdb.LRUCache;
import org.rocksdb.Options;
import org.rocksdb.ReadOptions;
import org.rocksdb.RocksDB;
import org.rocksdb.RocksDBException;
import org.rocksdb.RocksIterator;
import org.rocksdb.SstFileWriter;
import org.rocksdb.WriteBatch;
import org.rocksdb.WriteOptions;

import java.io.IOException;
import java.lang.foreign.MemorySegment;
import java.nio.ByteBuffer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;

/**
 * RocksDB: no compression, a bloom filter of 10 bits a key, hash index in data blocks, sorted files taken in as one level, and
 * a block cache that holds everything, or as much as the budget allows, indexes included, with direct reads. Checksums are not verified on
 * reads. Durable: each batch is one write that is synchronised.
 */
public final class RocksDbEngine implements StoreEngine {
    private static final int FILE_ROWS = 500_000;
    private static final double CACHE_PER_BYTE = 1.5;

    static {
        RocksDB.loadLibrary();
    }

    private final Path directory;
    private final int rowBytes;
    private final boolean byMultiGet;
    private final boolean cached;
    private final LRUCache cache;
    private final BloomFilter filter = new BloomFilter(10, false);
    private final Options options;
    private final ReadOptions reading = new ReadOptions().setVerifyChecksums(false);
    private final WriteOptions writing;
    private final RocksDB db;

    /** Opens a {@link RocksDbEngine} that reads a batch with one call. */
    public static final class MultiGetOpener implements EngineOpener {
        @Override
        public EngineName name() {
            return EngineName.ROCKSDB;
        }

        @Override
        public StoreEngine open(EngineSetup setup) throws IOException {
            return new RocksDbEngine(setup, true);
        }
    }

    /** Opens a {@link RocksDbEngine} that reads row by row, which is often faster. */
    public static final class GetOpener implements EngineOpener {
        @Override
        public EngineName name() {
            return EngineName.ROCKSDB_GET;
        }

        @Override
        public StoreEngine open(EngineSetup setup) throws IOException {
            return new RocksDbEngine(setup, false);
        }
    }

    private RocksDbEngine(EngineSetup setup, boolean byMultiGet) throws IOException {
        this.byMultiGet = byMultiGet;
        directory = setup.directory();
        rowBytes = setup.rowBytes();
        cached = !setup.hasBudget();
        long all = (64L << 20) + (long) (setup.rows() * (rowBytes + 16) * CACHE_PER_BYTE);
        cache = new LRUCache(cached ? all : setup.memoryBytes() + setup.rows() * EngineSetup.INDEX_BYTES);
        options = new Options()
                .setCreateIfMissing(true)
                .setCompressionType(CompressionType.NO_COMPRESSION)
                .setUseDirectReads(!cached)
                .setTableFormatConfig(new BlockBasedTableConfig()
                        .setBlockCache(cache)
                        .setFilterPolicy(filter)
                        .setCacheIndexAndFilterBlocks(!cached)
                        .setDataBlockIndexType(DataBlockIndexType.kDataBlockBinaryAndHash)
                        .setDataBlockHashTableUtilRatio(0.75));
        writing = setup.durable() ? new WriteOptions().setSync(true) : new WriteOptions().setDisableWAL(true);
        try {
            db = RocksDB.open(options, directory.resolve("db").toString());
        } catch (RocksDBException e) {
            throw new IOException("RocksDB did not open in " + directory, e);
        }
    }

    @Override
    public void load(RowSource source) throws IOException {
        long[] keys = SortedKeys.unsigned(source);
        List<String> files = new ArrayList<>();
        try (EnvOptions environment = new EnvOptions();
                IngestExternalFileOptions moving = new IngestExternalFileOptions().setMoveFiles(true)) {
            for (int from = 0; from < keys.length; from += FILE_ROWS) {
                Path file = directory.resolve("load-" + from + ".sst");
                writeFile(file, environment, source, keys, from, Math.min(keys.length, from + FILE_ROWS));
                files.add(file.toString());
            }
            db.ingestExternalFile(files, moving);
            for (String file : files) {
                Files.deleteIfExists(Path.of(file));
            }
        } catch (RocksDBException e) {
            throw new IOException("RocksDB did not take the rows in", e);
        }
        if (cached) {
            fillCache();
        }
    }

    private void writeFile(Path file, EnvOptions environment, RowSource source, long[] keys, int from, int to)
            throws RocksDBException {
        ByteBuffer key = ByteBuffer.allocateDirect(Long.BYTES);
        ByteBuffer row = ByteBuffer.allocateDirect(rowBytes);
        MemorySegment rowSegment = MemorySegment.ofBuffer(row.duplicate());
        try (SstFileWriter writer = new SstFileWriter(environment, options)) {
            writer.open(file.toString());
            for (int i = from; i < to; i++) {
                source.write(keys[i], 0, rowSegment, 0);
                key.clear().putLong(keys[i]).flip();
                writer.put(key, row.clear());
            }
            writer.finish();
        }
    }

    /** One pass over all rows, so that no measured read finds a block outside the cache. */
    private void fillCache() {
        try (RocksIterator all = db.newIterator(reading)) {
            for (all.seekToFirst(); all.isValid(); all.next()) {
                // The step itself brings the block in.
            }
        }
    }

    @Override
    public void upsert(long[] keys, int count, MemorySegment rows) throws IOException {
        ByteBuffer key = ByteBuffer.allocateDirect(Long.BYTES);
        ByteBuffer all = rows.asByteBuffer();
        try (WriteBatch batch = new WriteBatch()) {
            for (int i = 0; i < count; i++) {
                key.clear().putLong(keys[i]).flip();
                batch.put(key, all.slice(i * rowBytes, rowBytes));
            }
            db.write(writing, batch);
        } catch (RocksDBException e) {
            throw new IOException("RocksDB refused a write", e);
        }
    }

    @Override
    public StoreReader newReader() {
        return new RocksDbReader(db, reading, rowBytes, byMultiGet);
    }

    @Override
    public long ownBytes() {
        return cache.getUsage();
    }

    @Override
    public void close() {
        db.close();
        reading.close();
        writing.close();
        options.close();
        filter.close();
        cache.close();
    }
}
