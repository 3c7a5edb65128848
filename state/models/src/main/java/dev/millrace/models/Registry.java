package dev.millrace.models;

import org.jspecify.annotations.Nullable;

import java.io.IOException;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;

/**
 * The published bundles of one data directory, and which of them is live (thread-safe; several processes may share it).
 */
public final class Registry {
    private final RegistryDirectory directory;

    /** Opens the registry in {@code root}, which is created when it does not exist. */
    public Registry(Path root) throws IOException {
        this.directory = new RegistryDirectory(root);
    }

    /**
     * Verifies a bundle, copies it in and makes it visible in one step; a version that is already there is left as it is.
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

    /** Makes a published version live. */
    public void promote(String version) throws IOException {
        directory.promote(version);
    }

    /**
     * Deletes all but the newest {@code keep} versions; the live one and the one that was live before it stay too. A process
     * that has loaded a deleted version keeps what it has mapped.
     */
    public int retain(int keep) throws IOException {
        return directory.retain(keep);
    }
}
