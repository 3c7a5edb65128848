package dev.millrace.s3;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

import dev.millrace.runtime.Clock;
import dev.millrace.runtime.Deadline;
import dev.millrace.storage.cold.CachedColdReader;
import dev.millrace.storage.cold.ColdName;
import dev.millrace.storage.cold.ColdRead;
import dev.millrace.storage.cold.ColdReaderConfig;
import dev.millrace.storage.cold.ColdStore;
import dev.millrace.storage.cold.ColdStoreContract;
import dev.millrace.storage.cold.ColdStoreException;
import dev.millrace.storage.cold.SealedContent;
import dev.millrace.testkit.S3Server;
import dev.millrace.testkit.Seed;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import software.amazon.awssdk.core.sync.RequestBody;
import software.amazon.awssdk.services.s3.S3Client;

import java.io.IOException;
import java.lang.foreign.MemorySegment;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Arrays;
import java.util.List;
import java.util.Random;

/** Holds the bucket to the contract, on a real server. Each test has a bucket of its own. */
class S3ColdStoreTest extends ColdStoreContract {
    private static final int PART_BYTES = 5 << 20;
    private static int buckets;

    @SuppressWarnings("NullAway.Init") // started before all tests
    private static S3Server server;

    @TempDir
    private static Path directory = Path.of("");

    private final S3Config config = config("bucket-" + buckets++);

    @SuppressWarnings("NullAway.Init") // opened before each test
    private S3ColdStore store;

    @BeforeAll
    static void start() throws IOException {
        server = S3Server.start(directory);
    }

    @AfterAll
    static void stop() {
        server.close();
    }

    @BeforeEach
    void open() {
        try (S3Client client = S3Clients.open(config)) {
            client.createBucket(request -> request.bucket(config.bucket()));
        }
        store = S3ColdStore.open(config);
    }

    @AfterEach
    void close() {
        store.close();
    }

    @Override
    protected ColdStore store() {
        return store;
    }

    /** Two whole parts and a rest. */
    @Override
    protected int largeBytes() {
        return 2 * PART_BYTES + 123_456;
    }

    @Test
    void list_moreThanOnePage_givesAll(@TempDir Path files) throws IOException {
        Path file = SealedContent.seal(files, new byte[10], 512);
        byte[] sealed = Files.readAllBytes(file);
        try (S3Client client = S3Clients.open(config)) {
            for (int i = 0; i < 1_010; i++) {
                String key = config.prefix() + "many/" + i;
                client.putObject(request -> request.bucket(config.bucket()).key(key), RequestBody.fromBytes(sealed));
            }
        }
        assertEquals(1_010, store.list("many/").size());
    }

    @Test
    void list_foreignObjects_areLeftOut(@TempDir Path files) throws IOException {
        try (S3Client client = S3Clients.open(config)) {
            for (String key : List.of("other/x", config.prefix() + "a b", config.prefix() + ".hidden")) {
                client.putObject(request -> request.bucket(config.bucket()).key(key), RequestBody.fromString("x"));
            }
        }
        store.put(new ColdName("mine"), SealedContent.seal(files, new byte[10], 512));
        assertEquals(1, store.list("").size());
        assertEquals(new ColdName("mine"), store.list("").getFirst().name());
    }

    @Test
    void reader_overTheNetwork_givesTheContent(@TempDir Path files) throws IOException {
        Random random = Seed.random("S3ColdStoreTest");
        byte[] content = SealedContent.random(random, 1 << 20);
        ColdName name = new ColdName("table/segment");
        store.put(name, SealedContent.seal(files, content, 16 << 10));
        ColdReaderConfig defaults = ColdReaderConfig.defaults();
        ColdReaderConfig patient = new ColdReaderConfig(
                256 << 10,
                Duration.ofSeconds(20),
                Duration.ofSeconds(20),
                Duration.ofSeconds(20),
                defaults.retryAfter(),
                8,
                100);
        try (CachedColdReader reader = new CachedColdReader(store, patient, Clock.system())) {
            for (int round = 0; round < 100; round++) {
                int offset = random.nextInt(content.length - 20_000);
                byte[] read = new byte[random.nextInt(20_000)];
                assertEquals(
                        ColdRead.WHOLE,
                        reader.read(name, offset, read.length, MemorySegment.ofArray(read), Deadline.none()));
                assertArrayEquals(Arrays.copyOfRange(content, offset, offset + read.length), read);
            }
        }
    }

    @Test
    void access_wrongSecret_isRefusedWithTheReason() {
        S3Config wrong = new S3Config(
                config.endpoint(),
                config.region(),
                config.bucket(),
                config.prefix(),
                true,
                new S3Config.Credentials(S3Server.ACCESS_KEY, "wrong"),
                config.limits());
        try (S3ColdStore refused = S3ColdStore.open(wrong)) {
            ColdStoreException e = assertThrows(ColdStoreException.class, () -> refused.list(""));
            assertEquals(ColdStoreException.Reason.UNAVAILABLE, e.reason());
        }
    }

    @Test
    void access_bucketThatIsNotThere_saysSo(@TempDir Path files) {
        try (S3ColdStore lost = S3ColdStore.open(config("no-such-bucket"))) {
            Path file = SealedContent.seal(files, new byte[10], 512);
            assertThrows(ColdStoreException.class, () -> lost.put(new ColdName("a"), file));
            assertThrows(ColdStoreException.class, () -> lost.list(""));
        }
    }

    private static S3Config config(String bucket) {
        S3Config.Limits limits = S3Config.Limits.defaults();
        return new S3Config(
                server.endpoint(),
                "us-east-1",
                bucket,
                "millrace/cold/",
                true,
                new S3Config.Credentials(S3Server.ACCESS_KEY, S3Server.SECRET_KEY),
                new S3Config.Limits(
                        limits.connectTimeout(),
                        Duration.ofSeconds(20),
                        limits.attemptTimeout(),
                        limits.operationTimeout(),
                        limits.attempts(),
                        PART_BYTES));
    }
}
