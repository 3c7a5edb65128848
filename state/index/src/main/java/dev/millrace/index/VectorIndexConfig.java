package dev.millrace.index;

import dev.millrace.runtime.Configuration;
import org.jspecify.annotations.Nullable;

import java.nio.file.Path;

/**
 * How a vector index is built and searched.
 *
 * @param directory where the index lies; null keeps it in memory
 * @param connections edges per node of the graph, 4 to 128
 * @param buildBeam candidates that a build weighs per node, 8 to 1,000
 * @param searchBeam least number of candidates that a search weighs, 1 to 10,000; more finds more and takes longer
 * @param buildThreads threads that build the graph, 1 to 256
 * @param deltaLimit vectors that the exactly scanned buffer of newest vectors holds before it is merged, 16 to 65,536
 */
public record VectorIndexConfig(
        @Nullable Path directory, int connections, int buildBeam, int searchBeam, int buildThreads, int deltaLimit) {
    public VectorIndexConfig {
        Bounds.require("index.vector.connections", connections, 4, 128);
        Bounds.require("index.vector.build-beam", buildBeam, 8, 1_000);
        Bounds.require("index.vector.search-beam", searchBeam, 1, 10_000);
        Bounds.require("index.vector.build-threads", buildThreads, 1, 256);
        Bounds.require("index.vector.delta-limit", deltaLimit, 16, 65_536);
    }

    public static VectorIndexConfig defaults() {
        int threads = Math.min(256, Runtime.getRuntime().availableProcessors());
        return new VectorIndexConfig(null, 16, 100, 400, threads, 8_192);
    }

    /** Reads {@code index.vector.search-beam} and {@code index.vector.build-threads}. */
    public static VectorIndexConfig from(Configuration configuration) {
        VectorIndexConfig defaults = defaults();
        return defaults.withSearchBeam(
                        configuration.integer("index.vector.search-beam", defaults.searchBeam, 1, 10_000))
                .withBuildThreads(configuration.integer("index.vector.build-threads", defaults.buildThreads, 1, 256));
    }

    public VectorIndexConfig withDirectory(Path newDirectory) {
        return new VectorIndexConfig(newDirectory, connections, buildBeam, searchBeam, buildThreads, deltaLimit);
    }

    public VectorIndexConfig withBuildThreads(int newThreads) {
        return new VectorIndexConfig(directory, connections, buildBeam, searchBeam, newThreads, deltaLimit);
    }

    public VectorIndexConfig withSearchBeam(int newBeam) {
        return new VectorIndexConfig(directory, connections, buildBeam, newBeam, buildThreads, deltaLimit);
    }

    public VectorIndexConfig withGraph(int newConnections, int newBuildBeam) {
        return new VectorIndexConfig(directory, newConnections, newBuildBeam, searchBeam, buildThreads, deltaLimit);
    }

    public VectorIndexConfig withDeltaLimit(int newLimit) {
        return new VectorIndexConfig(directory, connections, buildBeam, searchBeam, buildThreads, newLimit);
    }
}
