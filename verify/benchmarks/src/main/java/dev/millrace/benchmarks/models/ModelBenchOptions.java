package dev.millrace.benchmarks.models;

import dev.millrace.evaluation.ModelsBench;
import org.jspecify.annotations.Nullable;

import java.nio.file.Path;
import java.util.List;

/**
 * What the models' benchmark is to do.
 *
 * @param sections by name; empty for all
 * @param command what the report says it was made by
 * @param data MovieLens-1M's folder or a file of users, items and timestamps
 * @param ranking what rankers are to do
 * @param spark a folder of Spark's jars; null to measure without it
 * @param learned what the teacher and its students are to do
 */
public record ModelBenchOptions(
        List<String> sections,
        String command,
        Path data,
        Ranking ranking,
        @Nullable Path spark,
        Learned learned) {
    public ModelBenchOptions {
        sections = List.copyOf(sections);
    }

    /**
     * @param impressions KuaiRand's folder
     * @param seeds a ranker is learnt by each: one network's AUC differs from the next one's by as much as what is compared
     * @param isRehearsed whether the newest part of what may be learnt from stands for the test, to choose by
     */
    public record Ranking(Path impressions, List<Long> seeds, boolean isRehearsed) {
        public Ranking {
            seeds = List.copyOf(seeds);
            if (seeds.isEmpty()) {
                throw new IllegalArgumentException("no seed is given; give one or more, such as 1,2,3");
            }
        }
    }

    /**
     * @param work keeps trained models between runs
     * @param plan what is to be compared
     */
    public record Learned(Path work, ModelsBench.Plan plan) {}
}
