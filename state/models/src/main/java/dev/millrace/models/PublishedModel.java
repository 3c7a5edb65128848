package dev.millrace.models;

import org.jspecify.annotations.Nullable;

/**
 * A version in the registry.
 *
 * @param manifest what it says of itself
 * @param live whether it answers: as the sequence model, or as the ranker of its name
 * @param keyId the key that its signature names; null without one. Only opening it proves the signature
 */
public record PublishedModel(
        BundleManifest manifest, boolean live, @Nullable String keyId) {
    public String version() {
        return manifest.version();
    }
}
