package dev.millrace.models;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.millrace.model.ErrorCode;
import dev.millrace.model.MillraceException;
import dev.millrace.models.BundleRefusedException.Reason;
import dev.millrace.models.signing.SigningKeys;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;

/** What is published is signed, and what is not signed as it should be is refused with the reason. */
class SigningTest {
    @TempDir
    Path temporary;

    private Path data;
    private Registry registry;

    @BeforeEach
    void open() throws IOException {
        data = temporary.resolve("data");
        registry = new Registry(data.resolve("models"));
    }

    private String publish(long seed) throws IOException {
        Path source = temporary.resolve("source" + seed);
        TestBundles.writeInOrder(source, seed);
        return registry.publish(source).version();
    }

    private Path bundle(String version) {
        return data.resolve("models").resolve("bundles").resolve(version);
    }

    private void assertRefused(Reason reason, String version) {
        BundleRefusedException refused = assertThrows(BundleRefusedException.class, () -> registry.open(version));
        assertEquals(reason, refused.reason(), refused.getMessage());
        assertEquals(
                reason,
                assertThrows(BundleRefusedException.class, () -> registry.promote(version))
                        .reason());
    }

    @Test
    void publish_ofABundle_signsItWithAKeyThatOnlyTheOwnerReads() throws IOException {
        String version = publish(1);

        assertTrue(Files.exists(bundle(version).resolve("signature.json")));
        assertEquals(version, registry.open(version).orElseThrow().version());
        assertEquals(
                "rw-------",
                PosixFilePermissions.toString(Files.getPosixFilePermissions(data.resolve("keys/bundles.key"))));
        assertTrue(registry.keys().publicKey().startsWith("-----BEGIN PUBLIC KEY-----"));
        assertEquals(registry.keys().keyId(), registry.list().getFirst().keyId());
        assertEquals(16, registry.keys().keyId().length());
    }

    @Test
    void bundle_withoutItsSignature_isRefused() throws IOException {
        String version = publish(1);
        Files.delete(bundle(version).resolve("signature.json"));

        assertRefused(Reason.UNSIGNED, version);
    }

    @Test
    void bundle_withAnothersSignature_isRefused() throws IOException {
        String first = publish(1);
        String second = publish(2);
        Files.copy(
                bundle(first).resolve("signature.json"),
                bundle(second).resolve("signature.json"),
                StandardCopyOption.REPLACE_EXISTING);

        assertRefused(Reason.WRONG_SIGNATURE, second);
    }

    @Test
    void bundle_withADamagedSignature_isRefused() throws IOException {
        String version = publish(1);
        Path file = bundle(version).resolve("signature.json");
        String good = Files.readString(file);
        for (String bad : List.of(
                "",
                "{",
                "[]",
                "{\"algorithm\":\"none\"}",
                good.replace("Ed25519", "RS256"),
                good.replaceFirst("\"signature\" : \".{8}", "\"signature\" : \"AAAAAAAA"))) {
            Files.writeString(file, bad);
            assertRefused(Reason.WRONG_SIGNATURE, version);
        }
    }

    @Test
    void bundle_whoseManifestWasWrittenAnew_isRefused() throws IOException {
        String version = publish(1);
        Path forged = temporary.resolve("forged");
        TestBundles.writeInOrder(forged, 77); // whole in itself, of another content
        try (var files = Files.list(forged)) {
            for (Path file : files.toList()) {
                Files.copy(file, bundle(version).resolve(file.getFileName()), StandardCopyOption.REPLACE_EXISTING);
            }
        }

        assertRefused(Reason.WRONG_SIGNATURE, version);
    }

    @Test
    void bundle_underTheNameOfAnother_isRefused() throws IOException {
        String first = publish(1);
        String second = publish(2);
        try (var files = Files.list(bundle(first))) {
            for (Path file : files.toList()) {
                Files.copy(file, bundle(second).resolve(file.getFileName()), StandardCopyOption.REPLACE_EXISTING);
            }
        }

        assertRefused(Reason.WRONG_DIGEST, second);
    }

    @Test
    void bundle_ofAnUnknownKey_isRefusedUntilTheKeyIsTrusted() throws IOException {
        Registry other = new Registry(temporary.resolve("elsewhere/models"));
        Path source = temporary.resolve("foreign");
        TestBundles.write(source, 5);
        Path signed = other.publish(source).directory();

        assertEquals(
                Reason.UNKNOWN_KEY,
                assertThrows(BundleRefusedException.class, () -> registry.publish(signed))
                        .reason());
        assertTrue(registry.list().isEmpty());

        Path trusted = Files.createDirectories(data.resolve("keys/trusted"));
        Files.writeString(trusted.resolve("elsewhere.pub"), other.keys().publicKey());
        String version = registry.publish(signed).version();
        registry.promote(version);
        assertEquals(other.keys().keyId(), registry.list().getFirst().keyId());

        Files.delete(trusted.resolve("elsewhere.pub"));
        assertRefused(Reason.UNKNOWN_KEY, version);
    }

    @Test
    void bundleOfSchemaOne_withoutASignature_isTakenUnlessSignaturesAreRequired() throws IOException {
        Path old = temporary.resolve("old");
        TestBundles.writeSchemaOne(old, 1);
        Path place = bundle(Bundle.open(old).version());
        Files.createDirectories(place.getParent());
        Files.move(old, place);
        String version = place.getFileName().toString();

        registry.promote(version);
        assertEquals(1, registry.live().orElseThrow().manifest().schema());
        assertEquals(List.of(), registry.live().orElseThrow().manifest().facts().parents());

        Registry strict = new Registry(data.resolve("models"), true);
        assertEquals(
                Reason.UNSIGNED,
                assertThrows(BundleRefusedException.class, strict::live).reason());
    }

    @Test
    void sign_byManyAtOnce_makesOneKey() throws Exception {
        Path keys = temporary.resolve("many");
        Set<String> ids = new TreeSet<>();
        try (ExecutorService threads = Executors.newFixedThreadPool(8)) {
            List<Future<String>> calls = new ArrayList<>();
            for (int i = 0; i < 16; i++) {
                calls.add(threads.submit(
                        () -> new SigningKeys(keys).sign(new byte[] {1}).keyId()));
            }
            for (Future<String> call : calls) {
                ids.add(call.get());
            }
        }
        assertEquals(Set.of(new SigningKeys(keys).keyId()), ids);
        try (var files = Files.list(keys)) {
            assertEquals(2, files.count(), "drafts were left behind");
        }
    }

    @Test
    void rollBack_returnsToTheVersionBefore_andBackAgain() throws IOException {
        assertEquals(
                ErrorCode.CONFLICT,
                assertThrows(MillraceException.class, registry::rollBack).code());
        String first = publish(1);
        String second = publish(2);
        registry.promote(first);
        assertThrows(MillraceException.class, registry::rollBack);
        registry.promote(second);

        assertEquals(first, registry.rollBack());
        assertEquals(first, registry.liveVersion());
        assertEquals(second, registry.rollBack());
    }

    @Test
    void difference_ofTwoVersions_namesWhatChanged() throws IOException {
        String first = publish(1);
        BundleContent content = TestBundles.content(2, TestBundles.CREATED.plusSeconds(2));
        BundleContent.Evidence evidence = new BundleContent.Evidence(
                Map.of("ndcg10", 0.19, "hr10", 0.3136),
                Map.of("seed", "2", "log", "0-999611"),
                List.of(),
                Map.of("age-days", "float"),
                List.of(first));
        Path source = temporary.resolve("child");
        BundleWriter.write(
                source,
                new BundleContent(
                        content.kind(),
                        content.created(),
                        content.historyLength(),
                        content.vocabulary(),
                        content.vectors(),
                        content.graphs(),
                        evidence));
        String second = registry.publish(source).version();

        BundleDifference difference = registry.difference(first, second);

        assertEquals(Set.of("ndcg10"), difference.metrics().keySet());
        assertEquals(
                new BundleDifference.Change<>(0.1811, 0.19),
                difference.metrics().get("ndcg10"));
        assertEquals(
                Set.of("created", "features.age-days", "lineage.seed", "parents"),
                difference.facts().keySet());
        assertEquals(first, difference.facts().get("parents").after());
        assertTrue(difference.fileBytes().containsKey("encoder.onnx"));
        assertFalse(difference.fileBytes().containsKey("items.txt"));
        assertEquals(
                ErrorCode.NOT_FOUND,
                assertThrows(MillraceException.class, () -> registry.difference(first, "0".repeat(20)))
                        .code());
    }
}
