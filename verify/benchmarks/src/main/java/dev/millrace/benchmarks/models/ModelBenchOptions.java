package dev.millrace.benchmarks.models;

import org.jspecify.annotations.Nullable;

import java.nio.file.Path;
import java.time.Duration;
import java.util.List;

/**
 * What the models' benchmark is to do.
 *
 * @param sections by name; empty for all
 * @param command what the report says it was made by
 * @param data MovieLens-1M's folder or a file of users, items and timestamps
 * @param impressions KuaiRand's folder
 * @param spark a folder of Spark's jars; null to measure without it
 * @param learned what the teacher and its students are to do
 */
public record ModelBenchOptions(
        List<String> sections,
        String command,
        Path data,
        Path impressions,
        @Nullable Path spark,
        Learned learned) {
    public ModelBenchOptions {
        sections = List.copyOf(sections);
    }

    /**
     * @param work keeps trained models between runs
     * @param pruning how long a pruned student learns on; zero for none
     * @param ablation how long a student of each term of the loss learns; zero for none
     */
    public record Learned(Path work, Duration pruning, Duration ablation) {}
}
