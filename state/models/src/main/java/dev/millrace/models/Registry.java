package dev.millrace.models;

import dev.millrace.model.ErrorCode;
import dev.millrace.model.MillraceException;
import dev.millrace.models.delta.ModelDelta;
import dev.millrace.models.signing.SigningKeys;
import org.jspecify.annotations.Nullable;

import java.io.IOException;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/**
 * The published bundles of one data directory, and which of them is live (thread-safe; several processes may share it).
 */
public final class Registry {
    private final RegistryDirectory directory;
    private final SigningKeys keys;

    /**
     * Opens the registry in {@code root}, which is created when it does not exist; its keys lie in {@code keys} beside it,
     * and bundles of schema 1 are taken without a signature.
     */
    public Registry(Path root) throws IOException {
        this(root, false);
    }

    /** @param signatureRequired whether bundles of schema 1, which may have no signature, are refused without one */
    public Registry(Path root, boolean signatureRequired) throws IOException {
        this.keys = new SigningKeys(root.resolveSibling("keys"));
        this.directory = new RegistryDirectory(root, new BundleTrust(keys, signatureRequired));
    }

    /** The key that signs what is published here, and the keys that are trusted. */
    public SigningKeys keys() {
        return keys;
    }

    /**
     * Verifies a bundle, copies it in, signs it where it has no signature, and makes it visible in one step; a version that is
     * already there is left as it is.
     *
     * @return the bundle in its new place; it is not live yet
     */
    public Bundle publish(Path bundleDirectory) throws IOException {
        return directory.publish(bundleDirectory);
    }

    /** Every published version, newest first. Reads manifests only; a bundle that cannot be read is left out. */
    public List<PublishedModel> list() throws IOException {
        return directory.list();
    }

    /** Opens and verifies a published bundle. */
    public Optional<Bundle> open(String version) throws IOException {
        return directory.open(version);
    }

    /** Opens and verifies the live bundle; empty when nothing was promoted yet. */
    public Optional<Bundle> live() throws IOException {
        String version = liveVersion();
        return version == null ? Optional.empty() : directory.open(version);
    }

    /** The live version, or null: one small read, cheap enough to poll every second. */
    public @Nullable String liveVersion() throws IOException {
        return directory.pointer().live();
    }

    /** The live version of each ranker, by its name. */
    public Map<String, String> liveRankers() throws IOException {
        return directory.liveRankers();
    }

    /** The live version of the rankers that are trained here, or null. */
    public @Nullable String liveRanker() throws IOException {
        return directory.ownRanker().live();
    }

    /** The live version of the sequential ridge, or null: one small read. */
    public @Nullable String liveRidge() throws IOException {
        return directory.pointer(RegistryDirectory.RIDGE).live();
    }

    /**
     * The delta that was promoted last, or null: one small read. It may belong to a model that is live no more; then it is
     * of no use.
     */
    public @Nullable String deltaVersion() throws IOException {
        return directory.pointer(RegistryDirectory.DELTA).live();
    }

    /**
     * Publishes what was learnt online and lets it answer; few older deltas are kept.
     *
     * @throws MillraceException CONFLICT where its parent is not live, or a newer delta is
     */
    public Bundle publishDelta(Path bundleDirectory) throws IOException {
        Bundle published = publish(bundleDirectory);
        promote(published.version());
        return published;
    }

    /**
     * Takes back everything that was learnt online: a delta that changes nothing follows.
     *
     * @param work a folder for the new bundle on the way, on any disk
     * @throws MillraceException CONFLICT where nothing was learnt on the live model
     */
    public ModelDelta resetDelta(Path work) throws IOException {
        String version = deltaVersion();
        Optional<Bundle> present = version == null ? Optional.empty() : open(version);
        if (present.isEmpty() || !DeltaBundle.parent(present.get().manifest()).equals(liveVersion())) {
            throw new MillraceException(ErrorCode.CONFLICT, "nothing was learnt online on the live model");
        }
        ModelDelta old = DeltaBundle.read(present.get());
        ModelDelta reset = ModelDelta.empty(
                old.parent(), old.sequence() + 1, ModelDelta.Cause.RESET, old.logOffset(), old.dimension());
        DeltaBundle.write(work, reset, Map.of());
        publishDelta(work);
        return reset;
    }

    /** Every published version, also one that cannot be read. */
    public List<String> versions() throws IOException {
        return directory.versions();
    }

    /** Whether a bundle's folder holds a signature, whoever made it. */
    public static boolean isSigned(Path bundleDirectory) {
        return BundleTrust.isSigned(bundleDirectory);
    }

    /** Makes a published version live among those of its kind: sequence models, rankers, imported rankers of a name, ridges. */
    public void promote(String version) throws IOException {
        directory.promote(version);
    }

    /**
     * Makes the version live that was live before, and gives its name.
     *
     * @throws dev.millrace.model.MillraceException CONFLICT where none was
     */
    public String rollBack() throws IOException {
        return directory.rollBack("");
    }

    /** The same for the imported ranker of a name, and with {@code RANKER} for those that are trained here. */
    public String rollBackRanker(String name) throws IOException {
        return directory.rollBack(name.equals(RegistryDirectory.OWN_RANKER) ? name : requireName(name));
    }

    /** The same for the sequential ridge. */
    public String rollBackRidge() throws IOException {
        return directory.rollBack(RegistryDirectory.RIDGE);
    }

    /** What two published versions differ in; the first is the one before. */
    public BundleDifference difference(String before, String after) throws IOException {
        return BundleDifference.between(directory.manifest(before), directory.manifest(after));
    }

    /** A published version's manifest, without its weights being read. */
    public BundleManifest manifest(String version) throws IOException {
        return directory.manifest(version);
    }

    private static String requireName(String name) {
        try {
            return RankerBundle.requireName(name);
        } catch (IllegalArgumentException e) {
            throw new MillraceException(ErrorCode.INVALID_REQUEST, String.valueOf(e.getMessage()), e);
        }
    }

    /**
     * Deletes all but the newest {@code keep} versions; the live one and the one that was live before it stay too. A process
     * that has loaded a deleted version keeps what it has mapped.
     */
    public int retain(int keep) throws IOException {
        return directory.retain(keep);
    }
}
