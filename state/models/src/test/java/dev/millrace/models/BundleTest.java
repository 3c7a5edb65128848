package dev.millrace.models;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.millrace.model.ItemId;
import dev.millrace.models.BundleRefusedException.Reason;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.SplittableRandom;

class BundleTest {
    @TempDir
    Path temporary;

    private Path directory;
    private Bundle written;

    @BeforeEach
    void write() throws IOException {
        directory = temporary.resolve("bundle");
        written = TestBundles.write(directory, 1);
    }

    private BundleRefusedException assertRefused(Reason reason) {
        BundleRefusedException refused = assertThrows(BundleRefusedException.class, () -> Bundle.open(directory));
        assertEquals(reason, refused.reason(), refused.getMessage());
        assertTrue(refused.toString().contains(directory.toString()), refused.getMessage());
        return refused;
    }

    private void edit(String from, String to) throws IOException {
        Path manifest = directory.resolve("manifest.json");
        String text = Files.readString(manifest);
        assertTrue(text.contains(from), text);
        Files.writeString(manifest, text.replace(from, to));
    }

    @Test
    void bundle_openedAgain_isWhatWasWritten() throws IOException {
        BundleContent content = TestBundles.content(1, TestBundles.CREATED);

        Bundle opened = Bundle.open(directory);

        assertEquals(written.manifest(), opened.manifest());
        assertEquals(20, opened.version().length());
        assertEquals(TestBundles.CREATED, opened.manifest().created());
        assertEquals("causal-transformer", opened.manifest().kind());
        assertEquals(content.evidence().metrics(), opened.manifest().facts().metrics());
        assertEquals(content.evidence().lineage(), opened.manifest().facts().lineage());
        assertEquals(content.evidence().curve(), opened.curve());
        assertEquals(content.vocabulary().items(), opened.vocabulary().items());
        assertEquals(5, opened.historyLength());
        assertEquals(8, opened.dimension());
        ItemVectors vectors = opened.itemVectors();
        assertEquals(20, vectors.count());
        float[] expected = new float[8];
        float[] actual = new float[8];
        for (int item = 0; item < 20; item++) {
            content.vectors().read(item, expected);
            vectors.read(item, actual);
            assertArrayEquals(expected, actual);
        }
        assertThrows(IndexOutOfBoundsException.class, () -> vectors.read(20, actual));
    }

    @Test
    void version_ofTheSameContent_isTheSame_andOfAnotherIsAnother() throws IOException {
        assertEquals(
                written.version(),
                TestBundles.write(temporary.resolve("same"), 1).version());
        assertNotEquals(
                written.version(),
                TestBundles.write(temporary.resolve("other"), 2).version());
    }

    @ParameterizedTest
    @ValueSource(strings = {"encoder.onnx", "scorer.onnx", "items.txt", "item-vectors.f32", "curve.jsonl"})
    void file_withAnyBitFlipped_isRefused(String name) throws IOException {
        Path file = directory.resolve(name);
        byte[] good = Files.readAllBytes(file);
        SplittableRandom random = new SplittableRandom(99);
        for (int round = 0; round < 40; round++) {
            byte[] bad = good.clone();
            int at = round == 0 ? 0 : round == 1 ? bad.length - 1 : random.nextInt(bad.length);
            bad[at] ^= (byte) (1 << random.nextInt(8));
            Files.write(file, bad);
            assertTrue(assertRefused(Reason.WRONG_DIGEST).toString().contains(name));
        }
        Files.write(file, good);
        assertEquals(written.version(), Bundle.open(directory).version());
    }

    @Test
    void manifest_withAnyByteChanged_isRefused() throws IOException {
        Path manifest = directory.resolve("manifest.json");
        byte[] good = Files.readAllBytes(manifest);
        for (int at = 0; at < good.length; at++) {
            byte[] bad = good.clone();
            bad[at] ^= (byte) (1 << at % 8);
            Files.write(manifest, bad);
            assertThrows(BundleRefusedException.class, () -> Bundle.open(directory), "byte " + at);
        }
    }

    @ParameterizedTest
    @ValueSource(strings = {"encoder.onnx", "scorer.onnx", "items.txt", "item-vectors.f32", "curve.jsonl"})
    void file_cutOrGrown_isRefused(String name) throws IOException {
        Path file = directory.resolve(name);
        byte[] good = Files.readAllBytes(file);
        for (int length : new int[] {0, 1, good.length / 2, good.length - 1, good.length + 1}) {
            Files.write(file, Arrays.copyOf(good, length));
            assertTrue(assertRefused(Reason.WRONG_SIZE).toString().contains(name + " has " + length + " bytes"));
        }
    }

    @Test
    void manifest_cutAnywhere_isRefused() throws IOException {
        Path manifest = directory.resolve("manifest.json");
        byte[] good = Files.readAllBytes(manifest);
        for (int length = 0; length < good.length; length++) {
            Files.write(manifest, Arrays.copyOf(good, length));
            assertThrows(BundleRefusedException.class, () -> Bundle.open(directory), "length " + length);
        }
    }

    @ParameterizedTest
    @ValueSource(
            strings = {"manifest.json", "encoder.onnx", "scorer.onnx", "items.txt", "item-vectors.f32", "curve.jsonl"})
    void file_missing_isRefused(String name) throws IOException {
        Files.delete(directory.resolve(name));

        assertTrue(assertRefused(Reason.MISSING_FILE).toString().contains(name));
    }

    @Test
    void file_extra_isRefused() throws IOException {
        Files.writeString(directory.resolve("notes.txt"), "hello");

        assertTrue(assertRefused(Reason.EXTRA_FILE).toString().contains("notes.txt"));
    }

    @Test
    void schema_olderOrNewer_isRefusedAsThat() throws IOException {
        edit("\"schema\" : 2", "\"schema\" : 0");
        assertTrue(assertRefused(Reason.OLDER_SCHEMA).toString().contains("train again"));
        edit("\"schema\" : 0", "\"schema\" : 3");
        assertTrue(assertRefused(Reason.NEWER_SCHEMA).toString().contains("upgrade Millrace"));
    }

    @Test
    void manifest_thatIsGarbage_isRefusedAsMalformed() throws IOException {
        for (String garbage : List.of("", "[]", "{}", "null", "{\"schema\":1}", "{\"schema\":{}}", "\u0000\u0001")) {
            Files.writeString(directory.resolve("manifest.json"), garbage);
            BundleRefusedException refused =
                    assertThrows(BundleRefusedException.class, () -> Bundle.open(directory), garbage);
            assertTrue(
                    refused.reason() == Reason.MALFORMED || refused.reason() == Reason.OLDER_SCHEMA,
                    refused.getMessage());
        }
    }

    @Test
    void manifest_withAnotherMetric_isRefused() throws IOException {
        edit("0.1811", "0.9811");

        assertRefused(Reason.WRONG_DIGEST);
    }

    @Test
    void directory_thatIsNotEmpty_isNotWrittenTo() {
        IOException refused = assertThrows(IOException.class, () -> TestBundles.write(directory, 3));

        assertTrue(refused.toString().contains("new or empty directory"), refused.getMessage());
    }

    @Test
    void mappedVectors_afterTheBundleWasDeleted_stayReadable() throws IOException {
        ItemVectors vectors = written.itemVectors();
        float[] before = new float[8];
        vectors.read(3, before);

        Files.delete(directory.resolve("item-vectors.f32"));

        float[] after = new float[8];
        vectors.read(3, after);
        assertArrayEquals(before, after);
    }

    @Test
    void vocabulary_indexesEveryItem_andRefusesDuplicates() {
        Vocabulary vocabulary = written.vocabulary();
        for (int i = 0; i < vocabulary.size(); i++) {
            assertEquals(i, vocabulary.index(vocabulary.item(i)));
        }
        assertEquals(-1, vocabulary.index(new ItemId("unknown")));
        ItemId twice = new ItemId("twice");
        IllegalArgumentException refused = assertThrows(
                IllegalArgumentException.class, () -> new Vocabulary(List.of(twice, new ItemId("once"), twice)));
        assertTrue(refused.toString().contains("'twice'"), refused.getMessage());
    }

    @Test
    void items_areOneJsonStringALine() throws IOException {
        byte[] bytes = Files.readAllBytes(directory.resolve("items.txt"));
        String first =
                new String(bytes, StandardCharsets.UTF_8).lines().findFirst().orElseThrow();

        assertEquals("\"item \\\"0\\\" \\\\ ü\u2028日本\"", first);
    }
}
