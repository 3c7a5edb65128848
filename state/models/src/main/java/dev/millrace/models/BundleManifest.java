package dev.millrace.models;

import java.time.Instant;
import java.util.Collections;
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

    /** The sizes that graphs and tables of a bundle share. */
    public record Shape(int dimension, int historyLength, int items) {}

    /** Measured metrics and lineage, sorted by name. */
    public record Facts(SortedMap<String, Double> metrics, SortedMap<String, String> lineage) {
        public Facts {
            metrics = Collections.unmodifiableSortedMap(new TreeMap<>(metrics));
            lineage = Collections.unmodifiableSortedMap(new TreeMap<>(lineage));
        }
    }

    /** A file's size and the SHA-256 of its content, in lower-case hex. */
    public record FileDigest(long bytes, String sha256) {}
}
