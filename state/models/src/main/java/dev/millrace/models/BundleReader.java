package dev.millrace.models;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.JsonNode;
import dev.millrace.model.ItemId;
import dev.millrace.models.BundleManifest.FileDigest;
import dev.millrace.models.BundleRefusedException.Reason;

import java.io.BufferedReader;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.DateTimeException;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Objects;
import java.util.Set;
import java.util.TreeSet;

/** Reads a bundle and refuses whatever is not exactly what its manifest says (stateless). */
final class BundleReader {
    private static final long MAX_MANIFEST_BYTES = 1 << 20;
    private final Path directory;

    private BundleReader(Path directory) {
        this.directory = directory;
    }

    static Bundle read(Path directory) throws IOException {
        return new BundleReader(directory).read();
    }

    private Bundle read() throws IOException {
        BundleManifest manifest = readManifest();
        requireSameFiles(manifest);
        for (var entry : manifest.files().entrySet()) {
            verify(entry.getKey(), entry.getValue());
        }
        if (isRanker(manifest)) {
            return new Bundle(directory, manifest, new Vocabulary(List.of()), List.of());
        }
        Vocabulary vocabulary = readItems(manifest);
        if (RidgeBundle.isRidge(manifest)) {
            requireVoteBytes(manifest);
            return new Bundle(directory, manifest, vocabulary, List.of());
        }
        requireVectorBytes(manifest);
        return new Bundle(directory, manifest, vocabulary, DeltaBundle.isDelta(manifest) ? List.of() : readCurve());
    }

    /** Reads the manifest alone: what a listing needs, without hashing the weights. */
    static BundleManifest manifest(Path directory) throws IOException {
        return new BundleReader(directory).readManifest();
    }

    private BundleManifest readManifest() throws IOException {
        Path file = directory.resolve(Bundle.MANIFEST);
        if (!Files.isRegularFile(file)) {
            throw refused(Reason.MISSING_FILE, "it has no " + Bundle.MANIFEST + "; it is unfinished or no bundle");
        }
        if (Files.size(file) > MAX_MANIFEST_BYTES) {
            throw malformed(Files.size(file) + " bytes are more than the limit of " + MAX_MANIFEST_BYTES);
        }
        byte[] bytes = Files.readAllBytes(file);
        try {
            JsonNode root = BundleJson.tree(bytes);
            requireKnownSchema(BundleJson.schema(root));
            BundleManifest manifest = BundleJson.manifest(root);
            if (!Arrays.equals(bytes, BundleJson.manifest(manifest))) {
                throw refused(
                        Reason.WRONG_DIGEST,
                        Bundle.MANIFEST + " does not agree with its own version " + manifest.version()
                                + "; it was changed after it was written");
            }
            return manifest;
        } catch (JsonProcessingException e) {
            throw malformed(e.getOriginalMessage());
        } catch (IllegalArgumentException | NullPointerException | DateTimeException e) {
            throw malformed(String.valueOf(e.getMessage()));
        }
    }

    private void requireKnownSchema(int schema) {
        if (schema < Bundle.OLDEST_SCHEMA) {
            throw refused(
                    Reason.OLDER_SCHEMA,
                    "its schema " + schema + " is older than " + Bundle.OLDEST_SCHEMA
                            + ", the oldest this version reads; train again");
        }
        if (schema > Bundle.SCHEMA) {
            throw refused(
                    Reason.NEWER_SCHEMA,
                    "its schema " + schema + " is newer than " + Bundle.SCHEMA
                            + ", the newest this version reads; upgrade Millrace");
        }
    }

    private void requireSameFiles(BundleManifest manifest) throws IOException {
        Set<String> expected = filesOf(manifest);
        if (!manifest.files().keySet().equals(expected)) {
            throw malformed(
                    "it lists the files " + manifest.files().keySet() + " instead of " + new TreeSet<>(expected));
        }
        try (var files = Files.list(directory)) {
            for (Path file : files.toList()) {
                String name = file.getFileName().toString();
                if (!expected.contains(name) && !name.equals(Bundle.MANIFEST) && !name.equals(Bundle.SIGNATURE)) {
                    throw refused(Reason.EXTRA_FILE, "it holds " + name + ", which its manifest does not list");
                }
            }
        }
    }

    private static boolean isRanker(BundleManifest manifest) {
        return RankerBundle.isRanker(manifest) || MultiTaskBundle.isMultiTask(manifest);
    }

    private static Set<String> filesOf(BundleManifest manifest) {
        if (MultiTaskBundle.isMultiTask(manifest)) {
            return MultiTaskBundle.FILES;
        }
        if (RankerBundle.isRanker(manifest)) {
            return Set.of(Bundle.RANKER);
        }
        if (DeltaBundle.isDelta(manifest)) {
            return DeltaBundle.FILES;
        }
        if (RidgeBundle.isRidge(manifest)) {
            return RidgeBundle.FILES;
        }
        VectorEncoding encoding = VectorEncoding.among(manifest.files());
        String vectors = (encoding == null ? VectorEncoding.FP32 : encoding).file();
        return Set.of(Bundle.ENCODER, Bundle.SCORER, Bundle.ITEMS, vectors, Bundle.CURVE);
    }

    private void verify(String name, FileDigest expected) throws IOException {
        Path file = directory.resolve(name);
        if (!Files.isRegularFile(file)) {
            throw refused(Reason.MISSING_FILE, "its file " + name + " is missing");
        }
        long size = Files.size(file);
        if (size != expected.bytes()) {
            throw refused(
                    Reason.WRONG_SIZE, name + " has " + size + " bytes, but the manifest says " + expected.bytes());
        }
        FileDigest actual = DurableFiles.digest(file);
        if (!actual.equals(expected)) {
            throw refused(
                    Reason.WRONG_DIGEST,
                    name + " has the SHA-256 " + actual.sha256() + ", but the manifest says " + expected.sha256());
        }
    }

    private Vocabulary readItems(BundleManifest manifest) throws IOException {
        List<ItemId> items = new ArrayList<>(Math.min(manifest.shape().items(), 1 << 20));
        try (BufferedReader lines = Files.newBufferedReader(directory.resolve(Bundle.ITEMS))) {
            for (String line = lines.readLine(); line != null; line = lines.readLine()) {
                items.add(new ItemId(BundleJson.unquoted(line)));
            }
            if (items.size() != manifest.shape().items()) {
                throw refused(
                        Reason.MALFORMED,
                        Bundle.ITEMS + " has " + items.size() + " items, but the manifest says "
                                + manifest.shape().items());
            }
            return new Vocabulary(items);
        } catch (JsonProcessingException | IllegalArgumentException e) {
            throw refused(Reason.MALFORMED, Bundle.ITEMS + " line " + (items.size() + 1) + ": " + e.getMessage());
        }
    }

    private void requireVectorBytes(BundleManifest manifest) {
        BundleManifest.Shape shape = manifest.shape();
        VectorEncoding encoding = Objects.requireNonNull(VectorEncoding.among(manifest.files()));
        long expected = shape.items() * encoding.rowBytes(shape.dimension());
        FileDigest vectors = manifest.files().get(encoding.file());
        if (vectors == null || vectors.bytes() != expected) {
            throw refused(
                    Reason.MALFORMED,
                    encoding.file() + " should have " + expected + " bytes for " + shape.items()
                            + " items of dimension " + shape.dimension());
        }
    }

    private void requireVoteBytes(BundleManifest manifest) {
        BundleManifest.Shape shape = manifest.shape();
        long expected = (long) shape.items() * shape.dimension() * RidgeBundle.VOTE_BYTES;
        FileDigest votes = Objects.requireNonNull(manifest.files().get(RidgeBundle.VOTES));
        if (votes.bytes() != expected) {
            throw refused(
                    Reason.MALFORMED,
                    RidgeBundle.VOTES + " should have " + expected + " bytes for " + shape.items() + " items of "
                            + shape.dimension() + " votes");
        }
    }

    private List<CurvePoint> readCurve() throws IOException {
        List<CurvePoint> curve = new ArrayList<>();
        try (BufferedReader lines = Files.newBufferedReader(directory.resolve(Bundle.CURVE))) {
            for (String line = lines.readLine(); line != null; line = lines.readLine()) {
                curve.add(BundleJson.curvePoint(line));
            }
            return curve;
        } catch (JsonProcessingException e) {
            throw refused(Reason.MALFORMED, Bundle.CURVE + " line " + (curve.size() + 1) + ": " + e.getMessage());
        }
    }

    private BundleRefusedException malformed(String problem) {
        return refused(Reason.MALFORMED, Bundle.MANIFEST + " cannot be read: " + problem);
    }

    private BundleRefusedException refused(Reason reason, String problem) {
        return new BundleRefusedException(reason, directory, problem);
    }
}
