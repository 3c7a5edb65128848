package dev.millrace.models;

/** A version in the registry: what its manifest says, and whether it is live. */
public record PublishedModel(BundleManifest manifest, boolean live) {
    public String version() {
        return manifest.version();
    }
}
