package dev.millrace.storage.tiered;

import dev.millrace.storage.segment.StoreLogConfig;

import java.io.IOException;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.stream.Stream;

/** Small stores, and rows that tell whose they are. */
final class StoreFixture {
    /** Segments so small that a test fills several. */
    static final StoreConfig SMALL = StoreConfig.defaults()
            .withLog(new StoreLogConfig(256 << 10, 64 << 10, Duration.ofMillis(1), Duration.ofSeconds(5)))
            .withCheckpointBytes(1L << 40);

    private StoreFixture() {}

    static TieredStore open(Path directory, TableSpec... specs) throws IOException {
        return TieredStore.open(directory, SMALL, List.of(specs));
    }

    /** A row of longs, each the key and a version. */
    static MemorySegment row(long key, int version, int longs) {
        long[] row = new long[longs];
        for (int i = 0; i < longs; i++) {
            row[i] = key * 31 + version * 1_000_003L + i;
        }
        return MemorySegment.ofArray(row);
    }

    /** The version of the row that a table has; −1 where it has none. */
    static int version(TieredTable table, long key) {
        int longs = table.rowBytes() / Long.BYTES;
        MemorySegment row = MemorySegment.ofArray(new long[longs]);
        if (!table.get(key, row, 0)) {
            return -1;
        }
        long first = row.get(ValueLayout.JAVA_LONG, 0);
        int version = (int) ((first - key * 31) / 1_000_003L);
        if (row.mismatch(row(key, version, longs)) >= 0) {
            throw new AssertionError("the row of key " + key + " is not one that was written");
        }
        return version;
    }

    /** A value that tells whose it is, whose length comes from the key and the version. */
    static MemorySegment value(long key, int version) {
        int longs = 2 + (int) Math.floorMod(key * 7 + version * 13L, 60L) * (version % 5 == 0 ? 8 : 1);
        return row(key, version, longs);
    }

    static void putValue(TieredValueTable table, long key, int version) {
        MemorySegment value = value(key, version);
        long ignored = table.put(key, value, 0, (int) value.byteSize());
    }

    /** The version of the value that a table has; −1 where it has none. */
    static int valueVersion(TieredValueTable table, long key) {
        MemorySegment into = MemorySegment.ofArray(new long[table.maxValueBytes() / Long.BYTES + 1]);
        int length = table.get(key, into, 0);
        if (length < 0) {
            return -1;
        }
        int version = (int) ((into.get(ValueLayout.JAVA_LONG, 0) - key * 31) / 1_000_003L);
        if (into.asSlice(0, length).mismatch(value(key, version)) >= 0) {
            throw new AssertionError("the value of key " + key + " is not one that was written");
        }
        return version;
    }

    static List<Path> files(Path directory) throws IOException {
        try (Stream<Path> files = Files.list(directory)) {
            return files.sorted().toList();
        }
    }

    /** What a crash at this moment would leave. */
    static void copy(Path from, Path to) throws IOException {
        Files.createDirectories(to);
        for (Path file : files(from)) {
            if (!file.getFileName().toString().startsWith("lock")) {
                Files.copy(file, to.resolve(file.getFileName()));
            }
        }
    }
}
