package dev.millrace.server;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.millrace.model.ItemId;
import dev.millrace.models.BundleContent;
import dev.millrace.models.BundleWriter;
import dev.millrace.models.Registry;
import dev.millrace.models.Vocabulary;
import dev.millrace.models.graph.RandomTransformer;
import dev.millrace.models.graph.TransformerBundle;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

import java.io.IOException;
import java.nio.file.Path;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.stream.IntStream;

/** A server whose models come, go and come back while it runs, with their item vectors in its store. */
final class ItemVectorsTest {
    private static final int ITEMS = 40;
    private static final String ROWS = "millrace_store_rows{table=\"item-vectors\"}";
    private static final String VERSIONS = "millrace_store_versions{table=\"item-vectors\"}";
    private static final String BUDGET = "millrace_store_memory_budget{table=\"item-vectors\"}";

    @TempDir
    private Path folder;

    @Test
    void models_swappedAndRolledBack_haveTheirVectorsInTheStore() throws Exception {
        Path data = folder.resolve("data");
        Registry registry = new Registry(data.resolve("models"));
        String first;
        String second;
        try (RunningServer server = RunningServer.start(data, Map.of("store.item-vectors.memory", "1m"))) {
            server.addItems(ITEMS);
            Await.until(() -> metric(server, VERSIONS), found -> found == 0);
            first = goLive(registry, 1);
            Await.until(() -> model(server), first::equals);
            assertEquals(ITEMS, metric(server, ROWS));
            assertEquals(1, metric(server, VERSIONS));
            assertEquals(1 << 19, metric(server, BUDGET));
            second = goLive(registry, 2);
            Await.until(() -> model(server), second::equals);
            assertEquals(2, metric(server, VERSIONS), "the one before is kept ready");
            registry.rollBack();
            Await.until(() -> model(server), first::equals);
            assertEquals(2 * ITEMS, metric(server, ROWS));
            assertEquals(1 << 20, metric(server, BUDGET), "both are within the setting");
        }
        Map<String, String> alone = Map.of("store.item-vectors.memory", "1m", "models.keep-previous", "false");
        try (RunningServer server = RunningServer.start(data, alone)) {
            Await.until(() -> model(server), first::equals);
            assertEquals(ITEMS, metric(server, ROWS));
            String third = goLive(registry, 3);
            Await.until(() -> model(server), third::equals);
            Await.until(() -> metric(server, VERSIONS), found -> found == 1);
        }
    }

    private String goLive(Registry registry, long seed) throws IOException {
        Path bundle = folder.resolve("made" + seed);
        Vocabulary vocabulary = new Vocabulary(
                IntStream.range(0, ITEMS).mapToObj(i -> new ItemId("i" + i)).toList());
        BundleWriter.write(
                bundle,
                TransformerBundle.of(
                        RandomTransformer.weights(new RandomTransformer.Sizes(ITEMS, 8, 2, 1, 5), seed),
                        vocabulary,
                        Instant.EPOCH.plusSeconds(seed),
                        new BundleContent.Evidence(Map.of(), Map.of(), List.of())));
        String version = registry.publish(bundle).version();
        registry.promote(version);
        return version;
    }

    private static String model(RunningServer server) throws Exception {
        return RunningServer.ok(server.get("/v1/stats")).path("liveModel").asText();
    }

    private static double metric(RunningServer server, String name) throws Exception {
        String scraped = server.send(server.authorized("/metrics").GET()).body();
        List<String> found =
                scraped.lines().filter(line -> line.startsWith(name)).toList();
        assertTrue(found.size() == 1, () -> name + " is told " + found.size() + " times");
        return Double.parseDouble(found.getFirst().substring(found.getFirst().lastIndexOf(' ') + 1));
    }
}
