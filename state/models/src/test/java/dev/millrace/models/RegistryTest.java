package dev.millrace.models;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.millrace.model.ErrorCode;
import dev.millrace.model.MillraceException;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;

class RegistryTest {
    @TempDir
    Path temporary;

    private Path root;
    private Registry registry;

    @BeforeEach
    void open() throws IOException {
        root = temporary.resolve("registry");
        registry = new Registry(root);
    }

    private String publish(long seed) throws IOException {
        Path source = temporary.resolve("source" + seed);
        TestBundles.writeInOrder(source, seed);
        return registry.publish(source).version();
    }

    @Test
    void registry_thatIsNew_hasNothingLive() throws IOException {
        assertNull(registry.liveVersion());
        assertTrue(registry.live().isEmpty());
        assertTrue(registry.list().isEmpty());
    }

    @Test
    void publish_makesVersionsVisible_newestFirst_withoutMakingThemLive() throws IOException {
        String first = publish(1);
        String second = publish(2);

        List<PublishedModel> models = new Registry(root).list();

        assertEquals(
                List.of(second, first),
                models.stream().map(PublishedModel::version).toList());
        assertEquals(0.1811, models.getFirst().manifest().facts().metrics().get("ndcg10"));
        assertEquals("2", models.getFirst().manifest().facts().lineage().get("seed"));
        assertFalse(models.getFirst().live());
        assertNull(registry.liveVersion());
        assertEquals(
                root.resolve("bundles").resolve(first),
                registry.open(first).orElseThrow().directory());
    }

    @Test
    void publish_ofTheSameBundleTwice_keepsOne() throws IOException {
        String version = publish(1);

        assertEquals(version, registry.publish(temporary.resolve("source1")).version());
        assertEquals(1, registry.list().size());
    }

    @Test
    void publish_ofATamperedBundle_isRefusedAndLeavesNothing() throws IOException {
        Path source = temporary.resolve("bad");
        TestBundles.write(source, 1);
        Files.writeString(source.resolve("items.txt"), "\"x\"\n");

        assertThrows(BundleRefusedException.class, () -> registry.publish(source));
        assertTrue(registry.list().isEmpty());
    }

    @Test
    void promote_ofAnEarlierVersion_makesItLiveAgain() throws IOException {
        String first = publish(1);
        String second = publish(2);
        String third = publish(3);
        registry.promote(first);
        registry.promote(second);
        registry.promote(third);
        registry.promote(third);
        assertEquals(third, registry.liveVersion());
        assertEquals(third, registry.live().orElseThrow().version());

        registry.promote(second);
        assertEquals(second, new Registry(root).liveVersion());
        registry.promote(first);
        assertEquals(first, registry.liveVersion());
    }

    @Test
    void promote_ofAnUnknownOrMalformedVersion_isRefused() throws IOException {
        publish(1);

        assertEquals(
                ErrorCode.NOT_FOUND,
                assertThrows(MillraceException.class, () -> registry.promote("0".repeat(20)))
                        .code());
        assertEquals(
                ErrorCode.INVALID_REQUEST,
                assertThrows(MillraceException.class, () -> registry.promote("../../etc"))
                        .code());
        assertNull(registry.liveVersion());
    }

    @Test
    void promote_ofABundleDamagedOnDisk_isRefusedAndTheLiveOneStays() throws IOException {
        String good = publish(1);
        String damaged = publish(2);
        registry.promote(good);
        Files.writeString(root.resolve("bundles").resolve(damaged).resolve("curve.jsonl"), "");

        assertThrows(BundleRefusedException.class, () -> registry.promote(damaged));
        assertEquals(good, registry.liveVersion());
    }

    @Test
    void crash_duringPublish_leavesOnlyWhatTheNextPublishDeletes() throws IOException {
        Path half = Files.createDirectories(root.resolve("incoming").resolve("half"));
        Files.writeString(half.resolve("encoder.onnx"), "cut");
        assertTrue(registry.list().isEmpty());

        publish(1);

        assertFalse(Files.exists(half));
        assertEquals(1, registry.list().size());
    }

    @Test
    void crash_beforeTheLivePointerMoved_leavesTheOldOneLive() throws IOException {
        String first = publish(1);
        String second = publish(2);
        registry.promote(first);
        Files.writeString(root.resolve("LIVE.next"), second.substring(0, 7));

        assertEquals(first, new Registry(root).liveVersion());
        registry.promote(second);
        assertEquals(second, registry.liveVersion());
    }

    @Test
    void retain_deletesTheOldest_butNeverTheLiveOneNorTheOneBefore() throws IOException {
        String first = publish(1);
        String second = publish(2);
        String third = publish(3);
        String fourth = publish(4);
        registry.promote(first);
        registry.promote(third);

        assertEquals(1, registry.retain(1));

        assertEquals(
                List.of(fourth, third, first),
                registry.list().stream().map(PublishedModel::version).toList());
        assertTrue(registry.open(second).isEmpty());
    }

    @Test
    void retain_ofAVersionInUse_leavesItsVectorsReadable() throws IOException {
        Bundle used = registry.open(publish(1)).orElseThrow();
        ItemVectors vectors = used.itemVectors();
        float[] before = new float[used.dimension()];
        vectors.read(0, before);
        publish(2);

        assertEquals(1, registry.retain(1));

        float[] after = new float[used.dimension()];
        vectors.read(0, after);
        assertFalse(Files.exists(used.directory()));
        assertArrayEquals(before, after);
    }

    @Test
    @Timeout(120)
    void readers_whileOthersPublishAndPromote_seeWholeBundlesOnly() throws Exception {
        List<Path> sources = new ArrayList<>();
        for (int seed = 0; seed < 6; seed++) {
            sources.add(temporary.resolve("source" + seed));
            TestBundles.writeInOrder(sources.get(seed), seed);
        }
        AtomicBoolean done = new AtomicBoolean();
        try (ExecutorService threads = Executors.newFixedThreadPool(4)) {
            List<Future<?>> writers = new ArrayList<>();
            for (int writer = 0; writer < 2; writer++) {
                int offset = writer;
                writers.add(threads.submit(() -> {
                    Registry own = new Registry(root);
                    for (int round = 0; round < 12; round++) {
                        own.promote(own.publish(sources.get((round + offset) % sources.size()))
                                .version());
                    }
                    return null;
                }));
            }
            Future<Integer> reader = threads.submit(() -> {
                Registry own = new Registry(root);
                int seen = 0;
                while (!done.get()) {
                    seen += own.live().isPresent() ? 1 : 0;
                    own.list();
                }
                return seen;
            });
            for (Future<?> writer : writers) {
                writer.get();
            }
            done.set(true);
            assertTrue(reader.get() > 0);
        }
        assertEquals(6, registry.list().size());
    }

    @Test
    @Timeout(120)
    void publish_fromAnotherProcess_isSeenHere() throws Exception {
        Path source = temporary.resolve("source9");
        String version = TestBundles.writeInOrder(source, 9).version();
        Path output = temporary.resolve("publisher.txt");
        Process publisher = new ProcessBuilder(
                        Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                        "-cp",
                        System.getProperty("java.class.path"),
                        RegistryPublisher.class.getName(),
                        root.toString(),
                        source.toString())
                .redirectErrorStream(true)
                .redirectOutput(output.toFile())
                .start();

        assertTrue(publisher.waitFor(60, TimeUnit.SECONDS));
        assertEquals(0, publisher.exitValue(), Files.readString(output));
        assertEquals(version, registry.liveVersion());
        assertEquals(version, registry.live().orElseThrow().version());
    }
}
