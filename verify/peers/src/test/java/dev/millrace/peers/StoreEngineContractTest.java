package dev.millrace.peers;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import dev.millrace.benchmarks.store.engine.EngineName;
import dev.millrace.benchmarks.store.engine.EngineOpener;
import dev.millrace.benchmarks.store.engine.EngineSetup;
import dev.millrace.benchmarks.store.engine.Int8Rows;
import dev.millrace.benchmarks.store.engine.OpaqueRows;
import dev.millrace.benchmarks.store.engine.RowSource;
import dev.millrace.benchmarks.store.engine.StoreEngine;
import dev.millrace.benchmarks.store.engine.StoreReader;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

import java.io.File;
import java.io.IOException;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.ServiceLoader;
import java.util.stream.Stream;

/** What every measured store must do, so that their speeds can be compared. */
class StoreEngineContractTest {
    private static final int ROWS = 10_000;
    private static final int BATCH = 500;
    private static final String REDIS = System.getenv().getOrDefault("MILLRACE_REDIS", "redis-server");

    /** No two rows of the benchmark have this key. */
    private static final long ABSENT = 0;

    @TempDir
    private Path directory;

    @ParameterizedTest
    @EnumSource(
            mode = EnumSource.Mode.EXCLUDE,
            names = {"RANDOM_ACCESS", "RAW_APPEND", "MILLRACE_INT8"})
    void multiGet_everyRowAndMissingOnes_fillsTheCallersMemory(EngineName name) throws IOException {
        OpaqueRows rows = new OpaqueRows(ROWS, 256);
        try (Arena arena = Arena.ofConfined();
                StoreEngine engine = open(name, 256, false)) {
            engine.load(rows);
            long[] keys = new long[BATCH];
            MemorySegment out = arena.allocate(BATCH * 256L, 64);
            try (StoreReader reader = engine.newReader()) {
                for (int from = 0; from < ROWS; from += BATCH) {
                    int first = from;
                    Arrays.setAll(keys, i -> i % 100 == 99 ? ABSENT : rows.key(first + i));
                    out.fill((byte) 0x55);
                    assertEquals(BATCH - BATCH / 100, reader.multiGet(keys, BATCH, out), "found of batch " + from);
                    checkRows(rows, keys, out);
                }
            }
        }
    }

    @ParameterizedTest
    @EnumSource(
            mode = EnumSource.Mode.EXCLUDE,
            names = {"RANDOM_ACCESS", "RAW_APPEND", "MILLRACE_INT8"})
    void multiGet_intoAnotherMemoryAndOfFewerKeys_isRight(EngineName name) throws IOException {
        OpaqueRows rows = new OpaqueRows(ROWS, 64);
        try (Arena arena = Arena.ofConfined();
                StoreEngine engine = open(name, 64, false)) {
            engine.load(rows);
            try (StoreReader reader = engine.newReader()) {
                for (int count : new int[] {7, 1, 300, 2, 300}) {
                    long[] keys = new long[count];
                    Arrays.setAll(keys, i -> rows.key(i * 3L));
                    MemorySegment out = arena.allocate(count * 64L, 64);
                    assertEquals(count, reader.multiGet(keys, count, out));
                    checkRows(rows, keys, out);
                }
            }
        }
    }

    @ParameterizedTest
    @EnumSource(
            mode = EnumSource.Mode.EXCLUDE,
            names = {"RANDOM_ACCESS", "RAW_APPEND", "MILLRACE_INT8"})
    void multiGetPooled_withRepeatedAndMissingKeys_sumsTheRows(EngineName name) throws IOException {
        Int8Rows rows = new Int8Rows(ROWS);
        try (StoreEngine engine = open(name, rows.rowBytes(), false)) {
            engine.load(rows);
            long[] keys = new long[BATCH];
            Arrays.setAll(keys, i -> rows.key(i % 400 * 17L));
            float[] expected = new float[Int8Rows.DIMENSIONS];
            Int8Rows.expectedSums(keys, BATCH - 1, expected);
            keys[BATCH - 1] = ABSENT;
            float[] sums = new float[Int8Rows.DIMENSIONS];
            Arrays.fill(sums, Float.NaN);
            try (StoreReader reader = engine.newReader()) {
                reader.multiGetPooled(keys, BATCH, sums);
            }
            assertArrayEquals(expected, sums, 0, "exact by construction");
        }
    }

    @ParameterizedTest
    @EnumSource(
            mode = EnumSource.Mode.EXCLUDE,
            names = {"RANDOM_ACCESS", "RAW_APPEND", "MILLRACE_INT8"})
    void upsert_replacedRows_areReadByAReaderThatWasThere(EngineName name) throws IOException {
        OpaqueRows rows = new OpaqueRows(ROWS, 256);
        try (Arena arena = Arena.ofConfined();
                StoreEngine engine = open(name, 256, false)) {
            engine.load(rows);
            MemorySegment out = arena.allocate(BATCH * 256L, 64);
            long[] keys = new long[BATCH];
            Arrays.setAll(keys, i -> rows.key(i * 20L));
            try (StoreReader reader = engine.newReader()) {
                reader.multiGet(keys, BATCH, out);
                upsert(engine, rows, keys, 5, arena);
                assertEquals(BATCH, reader.multiGet(keys, BATCH, out));
            }
            checkRows(rows, keys, out);
            assertEquals(5, OpaqueRows.version(out, 0));
            assertEquals(5, OpaqueRows.version(out, (BATCH - 1) * 256L));
        }
    }

    @ParameterizedTest
    @EnumSource(names = {"MILLRACE", "LMDB", "ROCKSDB", "REDIS"})
    void durableStore_openedAgain_hasWhatWasAcknowledged(EngineName name) throws IOException {
        OpaqueRows rows = new OpaqueRows(BATCH, 256);
        long[] keys = new long[BATCH];
        Arrays.setAll(keys, rows::key);
        try (Arena arena = Arena.ofConfined()) {
            try (StoreEngine engine = open(name, 256, true)) {
                upsert(engine, rows, keys, 3, arena);
            }
            MemorySegment out = arena.allocate(BATCH * 256L, 64);
            try (StoreEngine engine = open(name, 256, true);
                    StoreReader reader = engine.newReader()) {
                assertEquals(BATCH, reader.multiGet(keys, BATCH, out));
            }
            checkRows(rows, keys, out);
        }
    }

    private static void upsert(StoreEngine engine, RowSource rows, long[] keys, long version, Arena arena)
            throws IOException {
        MemorySegment batch = arena.allocate((long) keys.length * rows.rowBytes(), 64);
        for (int i = 0; i < keys.length; i++) {
            rows.write(keys[i], version, batch, (long) i * rows.rowBytes());
        }
        engine.upsert(keys, keys.length, batch);
    }

    private static void checkRows(RowSource rows, long[] keys, MemorySegment out) {
        MemorySegment zeros = MemorySegment.ofArray(new byte[rows.rowBytes()]);
        for (int i = 0; i < keys.length; i++) {
            long at = (long) i * rows.rowBytes();
            if (keys[i] == ABSENT) {
                assertEquals(-1, out.asSlice(at, rows.rowBytes()).mismatch(zeros), "row " + i + " is missing");
            } else {
                assertTrue(rows.isRow(keys[i], out, at), "row " + i + " of key " + keys[i]);
            }
        }
    }

    private StoreEngine open(EngineName name, int rowBytes, boolean durable) throws IOException {
        if (name == EngineName.REDIS) {
            assumeTrue(
                    isThere(REDIS), "SKIPPED: there is no " + REDIS + "; install redis-server or set MILLRACE_REDIS");
        }
        EngineSetup setup = new EngineSetup(ROWS, rowBytes, directory, durable, Long.MAX_VALUE, REDIS);
        for (EngineOpener opener : ServiceLoader.load(EngineOpener.class)) {
            if (opener.name() == name) {
                return opener.open(setup);
            }
        }
        throw new AssertionError("no opener for " + name);
    }

    private static boolean isThere(String program) {
        if (program.contains(File.separator)) {
            return Files.isExecutable(Path.of(program));
        }
        return Stream.of(System.getenv().getOrDefault("PATH", "").split(File.pathSeparator))
                .anyMatch(folder -> Files.isExecutable(Path.of(folder, program)));
    }
}
