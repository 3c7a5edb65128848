package dev.millrace.models;

import dev.millrace.models.BundleRefusedException.Reason;
import dev.millrace.models.ranker.RankerSignature;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.regex.Pattern;

/**
 * A ranker made elsewhere as a bundle: one graph, and in its lineage the name and the signature that it was registered with
 * (immutable).
 */
public final class RankerBundle {
    public static final String KIND = "ranker";

    private static final String NAME = "name";
    private static final String SIGNATURE = "signature";
    private static final Pattern NAMES = Pattern.compile("[a-z0-9][a-z0-9-]{0,62}");

    private final Bundle bundle;
    private final String name;
    private final RankerSignature signature;

    private RankerBundle(Bundle bundle, String name, RankerSignature signature) {
        this.bundle = bundle;
        this.name = name;
        this.signature = signature;
    }

    /** @throws BundleRefusedException (MALFORMED) where the bundle is no ranker, or its lineage cannot be read */
    public static RankerBundle of(Bundle bundle) {
        Map<String, String> lineage = bundle.manifest().facts().lineage();
        try {
            if (!isRanker(bundle.manifest())) {
                throw new IllegalArgumentException(
                        "it is a " + bundle.manifest().kind() + " and no ranker");
            }
            return new RankerBundle(
                    bundle,
                    requireName(lineage.getOrDefault(NAME, "")),
                    RankerSignature.parse(lineage.getOrDefault(SIGNATURE, "")));
        } catch (IllegalArgumentException e) {
            throw new BundleRefusedException(Reason.MALFORMED, bundle.directory(), String.valueOf(e.getMessage()));
        }
    }

    public static boolean isRanker(BundleManifest manifest) {
        return manifest.kind().equals(KIND);
    }

    /** What a ranker calls itself; {@code ?} where that is no name, so that it can be listed all the same. */
    static String name(BundleManifest manifest) {
        String name = manifest.facts().lineage().getOrDefault(NAME, "");
        return NAMES.matcher(name).matches() ? name : "?";
    }

    /** @throws IllegalArgumentException saying how names are written */
    public static String requireName(String name) {
        if (!NAMES.matcher(name).matches()) {
            throw new IllegalArgumentException("a ranker cannot be called '" + name
                    + "'; give 1 to 63 of a to z, 0 to 9 and -, beginning with a letter or digit");
        }
        return name;
    }

    /**
     * Writes a bundle of a graph, which is copied as it is.
     *
     * @param directory new or empty
     */
    public static Bundle write(
            Path directory, Path graph, String name, RankerSignature signature, Map<String, String> lineage)
            throws IOException {
        BundleWriter.requireEmpty(Files.createDirectories(directory));
        Path copy = directory.resolve(Bundle.RANKER);
        DurableFiles.copy(graph, copy);
        SortedMap<String, String> origin = new TreeMap<>(lineage);
        origin.put(NAME, requireName(name));
        origin.put(SIGNATURE, signature.toString());
        SortedMap<String, String> features = new TreeMap<>();
        signature.inputs().forEach(port -> features.put(port.name(), port.typeText()));
        SortedMap<String, BundleManifest.FileDigest> files = new TreeMap<>();
        files.put(Bundle.RANKER, DurableFiles.digest(copy));
        BundleWriter.writeManifest(
                directory,
                new BundleManifest(
                        Bundle.SCHEMA,
                        "",
                        Instant.now(),
                        KIND,
                        new BundleManifest.Shape(0, 0, 0),
                        new BundleManifest.Facts(new TreeMap<>(), origin, features, List.of()),
                        files));
        DurableFiles.forceDirectory(directory);
        return Bundle.open(directory);
    }

    public String version() {
        return bundle.version();
    }

    public String name() {
        return name;
    }

    public RankerSignature signature() {
        return signature;
    }

    public Path graph() {
        return bundle.directory().resolve(Bundle.RANKER);
    }
}
