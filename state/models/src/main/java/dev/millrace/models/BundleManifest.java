package dev.millrace.models;

import java.time.Instant;
import java.util.Collections;
import java.util.List;
import java.util.SortedMap;
import java.util.TreeMap;

/**
 * What {@code manifest.json} says (immutable).
 *
 * @param schema the version of the bundle's layout
 * @param version the bundle's name: the first 20 hex digits of the SHA-256 of everything else in the manifest
 * @param files size and SHA-256 of every other file, by name
 */
public record BundleManifest(
        int schema,
        String version,
        Instant created,
        String kind,
        Shape shape,
        Facts facts,
        SortedMap<String, FileDigest> files) {
    public BundleManifest {
        files = Collections.unmodifiableSortedMap(new TreeMap<>(files));
    }

    /** The size of all its files together. */
    public long bytes() {
        return files.values().stream().mapToLong(FileDigest::bytes).sum();
    }

    /** The sizes that graphs and tables of a bundle share. */
    public record Shape(int dimension, int historyLength, int items) {}

    /**
     * What is known of the model, sorted by name.
     *
     * @param metrics measured quality
     * @param lineage data, configuration, seeds
     * @param features what the model reads beside the history: the type of each feature by its name
     * @param parents the versions that it was made from, the nearest first
     */
    public record Facts(
            SortedMap<String, Double> metrics,
            SortedMap<String, String> lineage,
            SortedMap<String, String> features,
            List<String> parents) {
        public Facts {
            metrics = Collections.unmodifiableSortedMap(new TreeMap<>(metrics));
            lineage = Collections.unmodifiableSortedMap(new TreeMap<>(lineage));
            features = Collections.unmodifiableSortedMap(new TreeMap<>(features));
            parents = List.copyOf(parents);
        }
    }

    /** A file's size and the SHA-256 of its content, in lower-case hex. */
    public record FileDigest(long bytes, String sha256) {}
}
