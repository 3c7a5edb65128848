package dev.millrace.cli;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.millrace.runtime.Configuration;
import dev.millrace.server.hold.ColdSettings;
import dev.millrace.storage.cold.ColdReaderConfig;
import dev.millrace.storage.cold.ColdStore;
import dev.millrace.storage.segment.StoreLogConfig;
import dev.millrace.storage.tiered.ColdTierConfig;
import dev.millrace.storage.tiered.StoreConfig;
import dev.millrace.storage.tiered.StoreStat;
import dev.millrace.storage.tiered.TableSpec;
import dev.millrace.storage.tiered.TieredStore;
import dev.millrace.testkit.S3Server;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

import java.io.IOException;
import java.lang.foreign.MemorySegment;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.TreeMap;
import java.util.stream.Stream;

/** {@code millrace store} on a store whose old segments lie in a bucket of a real server, found by the settings of its server. */
class StoreInABucketTest {
    private static final int KEYS = 2_000;
    private static final int VERSIONS = 2;

    @TempDir
    private Path folder = Path.of("");

    private Path data = Path.of("");
    private String store = "";
    private @Nullable S3Server server;
    private Map<String, String> settings = Map.of();

    @BeforeEach
    void fill() throws IOException {
        data = Files.createDirectory(folder.resolve("data"));
        store = data.resolve("store").toString();
        server = S3Server.start(folder);
        server.makeBucket("cold");
        settings = new TreeMap<>(Map.of(
                "store.cold.s3.bucket",
                "cold",
                "store.cold.s3.prefix",
                "shop/",
                "store.cold.s3.endpoint",
                server.endpoint(),
                "store.cold.s3.access-key",
                S3Server.ACCESS_KEY,
                "store.cold.s3.secret-key",
                S3Server.SECRET_KEY,
                "store.cold.s3.silence-timeout",
                "20s"));
        writeStore();
        Files.write(
                data.resolve("millrace.properties"),
                settings.entrySet().stream()
                        .map(setting -> setting.getKey() + "=" + setting.getValue())
                        .toList());
    }

    @AfterEach
    void stop() {
        server.close();
    }

    /** The store's own agent moves segments; checkpoints let their files go. */
    private void writeStore() throws IOException {
        ColdSettings place = Objects.requireNonNull(ColdSettings.from(Configuration.of(settings)));
        TableSpec rows = TableSpec.tiered("rows", 256, 10_000, 100_000);
        StoreLogConfig small = new StoreLogConfig(64 << 10, 64 << 10, Duration.ofMillis(1), Duration.ofSeconds(5));
        try (ColdStore cold = place.place().open()) {
            StoreConfig config = StoreConfig.defaults()
                    .withLog(small)
                    .withCold(ColdTierConfig.of(cold)
                            .withOlderThan(Duration.ZERO)
                            .withReader(ColdReaderConfig.patient()));
            try (TieredStore filled = TieredStore.open(Path.of(store), config, List.of(rows))) {
                for (int version = 1; version <= VERSIONS; version++) {
                    for (int key = 0; key < KEYS; key++) {
                        filled.table("rows").put(key, MemorySegment.ofArray(row(key, version)), 0);
                    }
                }
                long end = System.nanoTime() + Duration.ofSeconds(60).toNanos();
                while (coldSegments(filled) < 4 && System.nanoTime() < end) {
                    filled.checkpoint();
                }
                assertTrue(coldSegments(filled) >= 4, () -> filled.stat().toString());
            }
        }
    }

    private static long coldSegments(TieredStore store) {
        return store.stat().segments().stream()
                .map(StoreStat.SegmentStat::coldName)
                .filter(name -> !name.isEmpty())
                .count();
    }

    private static long[] row(int key, int version) {
        long[] row = new long[32];
        row[0] = key;
        row[1] = version;
        return row;
    }

    @Test
    void statVerifyExportAndCompact_findTheBucketInTheSettingsBesideTheStore() throws IOException {
        CommandRun stat = CommandRun.of("store", "stat", store);
        assertEquals(ExitCode.OK, stat.exitCode(), stat.err());
        assertTrue(stat.out().contains("; in the cold tier as "), stat.out());
        CommandRun verified = CommandRun.of("store", "verify", store);
        assertEquals(ExitCode.OK, verified.exitCode(), verified.out() + verified.err());
        assertTrue(verified.out().contains("lie in the cold tier, and were read."), verified.out());
        requireExport("before.jsonl");
        CommandRun compact = CommandRun.of("store", "compact", store, "--json");
        assertEquals(ExitCode.OK, compact.exitCode(), compact.err());
        assertFalse(compact.out().contains("\"segmentsPacked\":0"), compact.out());
        requireExport("after.jsonl");
        assertEquals(ExitCode.OK, CommandRun.of("store", "verify", store).exitCode());
    }

    private void requireExport(String name) throws IOException {
        Path to = folder.resolve(name);
        CommandRun run = CommandRun.of("store", "export", store, "--table", "rows", "--to", to.toString());
        assertEquals(ExitCode.OK, run.exitCode(), run.err());
        Set<String> lines = new HashSet<>(Files.readAllLines(to));
        assertEquals(KEYS, lines.size());
        // Key 7, version 2: the first of the base64 letters tell both.
        assertTrue(lines.stream().anyMatch(line -> line.startsWith("{\"key\":7,\"row\":\"BwAAAAAAAAACAAAA")), name);
    }

    @Test
    void damage_inTheBucket_isNamed() throws IOException {
        Path object;
        try (Stream<Path> files = Files.walk(folder.resolve("buckets"))) {
            object = files.filter(file -> file.toString().endsWith(".log"))
                    .findFirst()
                    .orElseThrow();
        }
        byte[] bytes = Files.readAllBytes(object);
        bytes[5_000] ^= 1;
        Files.write(object, bytes);
        CommandRun run = CommandRun.of("store", "verify", store);
        assertEquals(ExitCode.FAILED, run.exitCode(), run.out());
        assertTrue(run.out().contains(object.getFileName().toString()), run.out());
    }

    @Test
    void settings_mayBeGivenByHandToo_andAFolderGoesBeforeABucket() throws IOException {
        Files.delete(data.resolve("millrace.properties"));
        CommandRun without = CommandRun.of("store", "stat", store);
        assertEquals(ExitCode.FAILED, without.exitCode(), without.out());
        assertTrue(without.err().contains("store.cold.s3"), without.err());
        CommandRun unread = CommandRun.of("store", "verify", store);
        assertTrue(unread.out().contains("were not read"), unread.out());
        List<String> byHand = new ArrayList<>(List.of("store", "verify", store));
        settings.forEach((key, value) -> byHand.addAll(List.of("--set", key + "=" + value)));
        CommandRun verified = CommandRun.of(byHand.toArray(String[]::new));
        assertEquals(ExitCode.OK, verified.exitCode(), verified.out() + verified.err());
        assertTrue(verified.out().contains("lie in the cold tier, and were read."), verified.out());
        Path other = Files.createDirectory(folder.resolve("other"));
        CommandRun two = CommandRun.of(
                "store", "verify", store, "--cold", other.toString(), "--set", "store.cold.s3.bucket=cold");
        assertNotEquals(ExitCode.OK, two.exitCode());
        assertTrue(two.err().contains("name one"), two.err());
        CommandRun misspelt = CommandRun.of("store", "stat", store, "--set", "store.cold.s3.buckets=cold");
        assertTrue(misspelt.err().contains("store.cold.s3.bucket"), misspelt.err());
    }

    @Test
    void bucket_thatDoesNotAnswer_isToldAndNothingIsTakenForWhole() {
        server.close();
        CommandRun verified = CommandRun.of("store", "verify", store, "--set", "store.cold.s3.attempts=1");
        assertEquals(ExitCode.FAILED, verified.exitCode(), verified.out());
        assertTrue(verified.out().contains("cannot be read: "), verified.out());
    }
}
