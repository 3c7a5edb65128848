package dev.millrace.server.operate;

import dev.millrace.pipeline.Pipeline;
import dev.millrace.runtime.Metrics;

import java.util.List;

/** What each stage costs and how often it ended otherwise than well, as metrics by pipeline and stage. */
public final class StageMetrics {
    private static final double NANOS_PER_SECOND = 1e9;

    private StageMetrics() {}

    public static void register(Metrics metrics, List<Pipeline> pipelines) {
        for (Pipeline pipeline : pipelines) {
            for (String stage : pipeline.stageNames()) {
                String[] tags = {"pipeline", pipeline.name(), "stage", stage};
                metrics.counted(
                        "stage.cpu.seconds",
                        "processor time of a stage",
                        () -> pipeline.cpuNanos(stage) / NANOS_PER_SECOND,
                        tags);
                metrics.counted(
                        "stage.degradations",
                        "how often a stage ended otherwise than well",
                        () -> pipeline.degradations(stage),
                        tags);
            }
        }
    }
}
