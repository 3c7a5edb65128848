package dev.millrace.models;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.millrace.model.ItemId;
import dev.millrace.model.MillraceException;
import dev.millrace.models.RidgeBundle.Votes;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.stream.IntStream;

final class RidgeBundleTest {
    @TempDir
    Path temporary;

    private static final int[] TARGETS = {1, 2, 0, -1, -1, -1};
    private static final float[] STRENGTHS = {0.5f, 0.25f, 1.5f, 0, 0, 0};

    private static Votes votes(int[] targets, float[] strengths) {
        List<ItemId> items =
                IntStream.range(0, 3).mapToObj(i -> new ItemId("i" + i)).toList();
        return new Votes(new Vocabulary(items), 2, 0.8, 20, targets, strengths);
    }

    private Bundle write(String folder, String origin) throws IOException {
        return RidgeBundle.write(
                temporary.resolve(folder), votes(TARGETS, STRENGTHS), Map.of("recall", 0.5), Map.of("source", origin));
    }

    @Test
    void votes_writtenAndRead_areTheSame() throws IOException {
        Votes read = RidgeBundle.read(write("a", "x"));
        assertArrayEquals(TARGETS, read.targets());
        assertArrayEquals(STRENGTHS, read.strengths());
        assertEquals(2, read.perItem());
        assertEquals(0.8, read.decay());
        assertEquals(20, read.reach());
        assertEquals(new ItemId("i2"), read.vocabulary().item(2));
    }

    @Test
    void votes_forNoItem_areRefused() {
        assertThrows(IllegalArgumentException.class, () -> votes(new int[] {1, 2, 0, 3, -1, -1}, STRENGTHS));
        assertThrows(IllegalArgumentException.class, () -> votes(TARGETS, new float[] {0, 0, Float.NaN, 0, 0, 0}));
        assertThrows(IllegalArgumentException.class, () -> votes(new int[4], new float[4]));
    }

    @Test
    void everyByte_changed_isRefused() throws IOException {
        Path folder = write("a", "x").directory();
        for (String name : RidgeBundle.FILES) {
            Path file = folder.resolve(name);
            byte[] right = Files.readAllBytes(file);
            for (int i = 0; i < right.length; i++) {
                byte[] wrong = right.clone();
                wrong[i] ^= 1;
                Files.write(file, wrong);
                assertThrows(BundleRefusedException.class, () -> Bundle.open(folder), name + " byte " + i);
            }
            Files.write(file, right);
        }
    }

    @Test
    void promoted_isLive_besideModelsAndRankers() throws IOException {
        Registry registry = new Registry(temporary.resolve("registry"));
        Path model = temporary.resolve("model");
        TestBundles.writeInOrder(model, 1);
        String sequenceModel = registry.publish(model).version();
        registry.promote(sequenceModel);
        assertNull(registry.liveRidge());
        String ridge = registry.publish(write("a", "x").directory()).version();
        assertNull(registry.liveRidge());
        registry.promote(ridge);
        assertEquals(ridge, registry.liveRidge());
        assertEquals(sequenceModel, registry.liveVersion());
        assertEquals(Map.of(), registry.liveRankers());
        assertNull(registry.liveRanker());
        assertTrue(registry.list().stream().allMatch(PublishedModel::live));
    }

    @Test
    void rollBackRidge_bringsBackTheOneBefore_andNoOther() throws IOException {
        Registry registry = new Registry(temporary.resolve("models"));
        assertThrows(MillraceException.class, registry::rollBackRidge);
        String first = registry.publish(write("a", "x").directory()).version();
        registry.promote(first);
        String second = registry.publish(write("b", "y").directory()).version();
        registry.promote(second);
        assertEquals(first, registry.rollBackRidge());
        assertEquals(first, registry.liveRidge());
        assertThrows(MillraceException.class, registry::rollBack);
        assertEquals(Map.of("recall", 0.5), registry.manifest(first).facts().metrics());
    }

    @Test
    void retain_fewer_deletesOldRidgesAlone() throws IOException {
        Registry registry = new Registry(temporary.resolve("registry"));
        Path model = temporary.resolve("model");
        TestBundles.writeInOrder(model, 1);
        String sequenceModel = registry.publish(model).version();
        String first = "";
        for (int i = 0; i < 4; i++) {
            String version =
                    registry.publish(write("ridge" + i, "run " + i).directory()).version();
            registry.promote(version);
            first = i == 0 ? version : first;
        }
        registry.retain(1);
        assertTrue(registry.versions().contains(sequenceModel));
        assertFalse(registry.versions().contains(first));
        assertEquals(3, registry.versions().size(), "the live ridge, the one before it, and the model");
    }
}
