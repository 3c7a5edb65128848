package dev.millrace.benchmarks.models;

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
 * @param work keeps trained models between runs
 * @param pruning how long a pruned student learns on; zero for none
 * @param ablation how long a student of each term of the loss learns; zero for none
 */
public record ModelBenchOptions(
        List<String> sections,
        String command,
        Path data,
        Path impressions,
        Path work,
        Duration pruning,
        Duration ablation) {
    public ModelBenchOptions {
        sections = List.copyOf(sections);
    }
}
