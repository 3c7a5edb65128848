package dev.millrace.jcstress;

import dev.millrace.storage.MemoryRowTable;
import dev.millrace.storage.RowTable;
import dev.millrace.storage.memory.CellIndex;
import dev.millrace.storage.segment.StoreLogConfig;
import dev.millrace.storage.tiered.Precision;
import dev.millrace.storage.tiered.StoreConfig;
import dev.millrace.storage.tiered.TableSpec;
import dev.millrace.storage.tiered.TieredStore;
import dev.millrace.storage.tiered.TieredTable;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Arrays;
import java.util.Comparator;
import java.util.List;
import java.util.concurrent.atomic.AtomicLong;
import java.util.stream.Stream;

/**
 * The tables that the stress tests of one process share, keys that no other state has, and rows that tell whose they are.
 *
 * <p>A row is one value, written into each of its parts: parts of different values are a torn row.
 */
final class StressTables {
    static final int ROW_BYTES = 128;
    /** No row. */
    static final int ABSENT = -1;
    /** Parts of several rows. */
    static final int TORN = -2;
    /** A row of another key. */
    static final int ALIEN = -3;

    private static final int VERSION_BITS = 4;
    private static final int LONGS = ROW_BYTES / Long.BYTES;
    private static final long MAX_ROWS = 4_000_000;
    private static final AtomicLong NEXT_KEY = new AtomicLong(1);
    private static final long UNMIX_1 = inverse(0xFF51AFD7ED558CCDL);
    private static final long UNMIX_2 = inverse(0xC4CEB9FE1A85EC53L);

    private StressTables() {}

    /** Opened by the first test that needs it; goes with the process. */
    private static final class Opened {
        static final TieredStore STORE = open();
        /** Room for all. */
        static final TieredTable ROOMY = STORE.table("roomy");
        /** Room for a handful: rows are evicted and read from disk all the time. */
        static final TieredTable TIGHT = STORE.table("tight");
        /** Bytes and a factor for floats. */
        static final TieredTable BYTES = STORE.table("bytes");

        private static TieredStore open() {
            try {
                Path directory = Files.createTempDirectory("millrace-jcstress");
                StoreConfig config = StoreConfig.defaults()
                        .withLog(new StoreLogConfig(16 << 20, 1 << 20, Duration.ZERO, Duration.ofMinutes(1)))
                        .withCheckpointBytes(32 << 20);
                TieredStore store = TieredStore.open(
                        directory,
                        config,
                        List.of(
                                TableSpec.tiered("roomy", ROW_BYTES, MAX_ROWS, 1L << 30),
                                TableSpec.tiered("tight", ROW_BYTES, MAX_ROWS, 16 * (ROW_BYTES + 64)),
                                TableSpec.tiered("bytes", ROW_BYTES, MAX_ROWS, 1L << 30)
                                        .withPrecision(Precision.INT8)));
                Runtime.getRuntime().addShutdownHook(new Thread(() -> delete(directory), "stress-clean-up"));
                return store;
            } catch (IOException e) {
                throw new UncheckedIOException(e);
            }
        }

        private static void delete(Path directory) {
            try (Stream<Path> files = Files.walk(directory)) {
                for (Path file : files.sorted(Comparator.reverseOrder()).toList()) {
                    Files.deleteIfExists(file);
                }
            } catch (IOException | UncheckedIOException e) {
                System.err.println("left behind: " + directory + " (" + e.getMessage() + ")");
            }
        }
    }

    static TieredTable roomy() {
        return Opened.ROOMY;
    }

    static TieredTable tight() {
        return Opened.TIGHT;
    }

    static TieredTable bytes() {
        return Opened.BYTES;
    }

    /** The reference in memory. Its writers take turns by its monitor; its readers take no lock. */
    static MemoryRowTable memory() {
        return Memory.TABLE;
    }

    private static final class Memory {
        static final MemoryRowTable TABLE = new MemoryRowTable(ROW_BYTES, (int) MAX_ROWS);
    }

    /** A key that nobody else has. */
    static long freshKey() {
        return NEXT_KEY.getAndIncrement();
    }

    /** A key whose search in an index begins at the same line as that of another, which {@link #freshKey} gave. */
    static long neighbourOf(long key) {
        return unhash(CellIndex.hash(key) ^ 1L << 63);
    }

    /** The inverse of {@link CellIndex#hash}: each of its steps can be undone. */
    private static long unhash(long hash) {
        long h = hash;
        h ^= h >>> 33;
        h *= UNMIX_2;
        h ^= h >>> 33;
        h *= UNMIX_1;
        return h ^ (h >>> 33);
    }

    /** The inverse of an odd number modulo 2^64, by Newton's method: each step doubles the bits that are right. */
    private static long inverse(long odd) {
        long x = odd;
        for (int i = 0; i < 5; i++) {
            x *= 2 - odd * x;
        }
        return x;
    }

    static void put(RowTable table, long key, int version) {
        long[] row = new long[LONGS];
        Arrays.fill(row, key << VERSION_BITS | version);
        table.put(key, MemorySegment.ofArray(row), 0);
    }

    /** The version of a key's row; {@link #ABSENT}, {@link #TORN} or {@link #ALIEN} else. */
    static int get(RowTable table, long key) {
        MemorySegment row = MemorySegment.ofArray(new long[LONGS]);
        return table.get(key, row, 0) ? version(key, row, 0) : ABSENT;
    }

    /** Which version of a key's row lies at an offset. */
    static int version(long key, MemorySegment rows, long offset) {
        long first = rows.get(ValueLayout.JAVA_LONG_UNALIGNED, offset);
        for (int i = 1; i < LONGS; i++) {
            if (rows.get(ValueLayout.JAVA_LONG_UNALIGNED, offset + (long) i * Long.BYTES) != first) {
                return TORN;
            }
        }
        int version = (int) first & (1 << VERSION_BITS) - 1;
        return first == (key << VERSION_BITS | version) ? version : ALIEN;
    }
}
