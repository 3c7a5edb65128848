package dev.millrace.s3;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.millrace.storage.cold.ColdReaderConfig;
import dev.millrace.storage.segment.StoreLogConfig;
import dev.millrace.storage.tiered.ColdTierConfig;
import dev.millrace.storage.tiered.RowOutcome;
import dev.millrace.storage.tiered.StoreConfig;
import dev.millrace.storage.tiered.StoreInspection;
import dev.millrace.storage.tiered.TableSpec;
import dev.millrace.storage.tiered.TieredStore;
import dev.millrace.storage.tiered.TieredTable;
import dev.millrace.testkit.S3Server;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import software.amazon.awssdk.services.s3.S3Client;

import java.io.IOException;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;

/** A store whose old segments lie in a bucket of a real server. */
class S3TieredStoreTest {
    private static final int ROWS = 3_000;

    @TempDir
    private Path directory = Path.of("");

    @Test
    void segments_thatLeftToABucket_areReadFromThere() throws IOException {
        try (S3Server server = S3Server.start(directory)) {
            S3Config bucket = bucket(server);
            try (S3Client client = S3Clients.open(bucket)) {
                client.createBucket(request -> request.bucket(bucket.bucket()));
            }
            Path at = directory.resolve("tiered");
            try (S3ColdStore cold = S3ColdStore.open(bucket)) {
                try (TieredStore store = TieredStore.open(at, config(cold), List.of(spec()))) {
                    fill(store);
                    awaitColdSegments(store);
                    requireRows(store.table("rows"));
                }
                try (TieredStore store = TieredStore.open(at, config(cold), List.of())) {
                    requireRows(store.table("rows"));
                    assertTrue(store.coldReport().orElseThrow().bytesFetched() > 0);
                }
                assertTrue(StoreInspection.run(at, cold).isWhole());
            }
        }
    }

    private static S3Config bucket(S3Server server) {
        S3Config.Limits limits = S3Config.Limits.defaults();
        return new S3Config(
                server.endpoint(),
                "us-east-1",
                "segments",
                "millrace/cold/",
                true,
                new S3Config.Credentials(S3Server.ACCESS_KEY, S3Server.SECRET_KEY),
                new S3Config.Limits(
                        limits.connectTimeout(),
                        Duration.ofSeconds(20),
                        limits.attemptTimeout(),
                        limits.operationTimeout(),
                        limits.attempts(),
                        limits.partBytes()));
    }

    private static TableSpec spec() {
        return TableSpec.tiered("rows", 256, 10_000, 20 * 300);
    }

    private static StoreConfig config(S3ColdStore cold) {
        ColdReaderConfig patient = new ColdReaderConfig(
                64L << 20,
                Duration.ofSeconds(20),
                Duration.ofSeconds(20),
                Duration.ofSeconds(20),
                Duration.ofMillis(1),
                4,
                1_024);
        return StoreConfig.defaults()
                .withLog(new StoreLogConfig(256 << 10, 64 << 10, Duration.ofMillis(1), Duration.ofSeconds(5)))
                .withCold(ColdTierConfig.of(cold).withOlderThan(Duration.ZERO).withReader(patient));
    }

    private static void fill(TieredStore store) throws IOException {
        for (int key = 0; key < ROWS; key++) {
            store.table("rows").put(key, MemorySegment.ofArray(row(key)), 0);
        }
        store.awaitDurable(store.position());
        store.checkpoint();
    }

    /** The store's own agent moves them, and checkpoints let their files go. */
    private static void awaitColdSegments(TieredStore store) throws IOException {
        long end = System.nanoTime() + Duration.ofSeconds(60).toNanos();
        while (store.stat().segments().stream()
                                .filter(segment -> !segment.coldName().isEmpty())
                                .count()
                        < 2
                && System.nanoTime() < end) {
            store.checkpoint();
        }
    }

    private static void requireRows(TieredTable rows) {
        MemorySegment row = MemorySegment.ofArray(new long[32]);
        for (int key = 0; key < ROWS; key++) {
            assertEquals(RowOutcome.FOUND, rows.read(key, row, 0), "key " + key);
            assertEquals(key * 31L, row.get(ValueLayout.JAVA_LONG, 0));
        }
    }

    private static long[] row(int key) {
        long[] row = new long[32];
        row[0] = key * 31L;
        return row;
    }
}
