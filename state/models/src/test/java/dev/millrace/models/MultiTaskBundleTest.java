package dev.millrace.models;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.millrace.models.graph.RandomMultiTask;
import dev.millrace.models.ranker.HashedRows;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

import java.io.IOException;
import java.nio.FloatBuffer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.Map;

class MultiTaskBundleTest {
    private static final MultiTaskBundle.Inputs INPUTS = new MultiTaskBundle.Inputs(
            List.of("click", "long_view"), List.of("item_clicks", "item_age_days"), new HashedRows(4));

    @TempDir
    private Path folder;

    @Test
    void bundle_writtenAndOpened_holdsWhatWasGiven() throws IOException {
        MultiTaskBundle.Tables tables = RandomMultiTask.tables(INPUTS, 8, 2);
        MultiTaskBundle written = write("a", 1, tables);

        MultiTaskBundle opened = MultiTaskBundle.of(Bundle.open(folder.resolve("a")));

        assertEquals(written.version(), opened.version());
        assertEquals(INPUTS, opened.inputs());
        assertEquals(5, opened.history());
        FloatBuffer items = opened.itemRows();
        for (int i = 0; i < 8; i++) {
            assertEquals(0, items.get(i), "the row that stands for nothing");
        }
        for (int i = 0; i < tables.items().length; i++) {
            assertEquals(tables.items()[i], items.get(8 + i));
            assertEquals(tables.users()[i], opened.userRows().get(8 + i));
        }
        assertEquals(
                "numeric v1: clicks",
                opened.bundle().manifest().facts().features().get("item_clicks"));
    }

    @Test
    void rankers_ofTheRegistry_haveAPlaceOfTheirOwn() throws IOException {
        Registry registry = new Registry(folder.resolve("models"));
        String model = registry.publish(
                        TestBundles.write(folder.resolve("model"), 1).directory())
                .version();
        String first = registry.publish(write("a", 1).bundle().directory()).version();
        String second = registry.publish(write("b", 2).bundle().directory()).version();
        registry.promote(model);
        registry.promote(first);
        registry.promote(second);

        assertEquals(model, registry.liveVersion());
        assertEquals(second, registry.liveRanker());
        assertTrue(registry.liveRankers().isEmpty(), "it is no imported ranker");
        assertEquals(first, registry.rollBackRanker("RANKER"));
        assertEquals(first, registry.liveRanker());
        assertEquals(0, registry.retain(0), "both of each kind are needed");
        assertEquals(3, registry.list().size());
        assertEquals(2, registry.list().stream().filter(PublishedModel::live).count());
    }

    @Test
    void retain_ofManyRankers_keepsTheNewestAndTheLive() throws IOException {
        Registry registry = new Registry(folder.resolve("models"));
        String live = registry.publish(write("live", 0).bundle().directory()).version();
        registry.promote(live);
        for (int i = 1; i < 5; i++) {
            registry.publish(write("r" + i, i).bundle().directory());
        }

        assertEquals(2, registry.retain(2));
        assertTrue(registry.open(live).isPresent());
        assertEquals(3, registry.versions().size());
    }

    @Test
    void bundle_whoseTableIsCut_isRefusedWithTheReason() throws IOException {
        write("a", 1);
        Path rows = folder.resolve("a").resolve("item-rows.f32");
        Files.write(rows, Arrays.copyOf(Files.readAllBytes(rows), 64));

        BundleRefusedException refused =
                assertThrows(BundleRefusedException.class, () -> Bundle.open(folder.resolve("a")));
        assertEquals(BundleRefusedException.Reason.WRONG_SIZE, refused.reason());
    }

    @Test
    void sequenceModel_takenForARanker_isRefused() throws IOException {
        Bundle model = TestBundles.write(folder.resolve("model"), 1);

        BundleRefusedException refused = assertThrows(BundleRefusedException.class, () -> MultiTaskBundle.of(model));
        assertTrue(refused.getMessage().contains("no multi-task-ranker"), refused.getMessage());
        assertNull(new Registry(folder.resolve("models")).liveRanker());
    }

    private MultiTaskBundle write(String name, long seed) throws IOException {
        return write(name, seed, RandomMultiTask.tables(INPUTS, 8, seed));
    }

    private MultiTaskBundle write(String name, long seed, MultiTaskBundle.Tables tables) throws IOException {
        return MultiTaskBundle.write(
                folder.resolve(name),
                RandomMultiTask.network(8, 5, 2, 6, 2, seed),
                INPUTS,
                tables,
                new BundleContent.Evidence(
                        Map.of("auc.click", 0.7),
                        Map.of("seed", Long.toString(seed)),
                        List.of(),
                        Map.of("item_clicks", "numeric v1: clicks"),
                        List.of()));
    }
}
