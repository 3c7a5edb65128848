package dev.millrace.benchmarks.models;

import dev.millrace.evaluation.TrainingRate;
import dev.millrace.evaluation.TrainingSpeed;
import org.jspecify.annotations.Nullable;

import java.nio.file.Path;
import java.time.Duration;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.function.Consumer;

/**
 * The section {@code training}: how fast models learn, beside the engine's plain matrix product, and beside the alternating least
 * squares of Spark MLlib on the same actions where a folder of Spark's jars is given. Stateless.
 */
final class TrainingSection {
    static final String NAME = "training";

    private static final Duration BUDGET = Duration.ofSeconds(30);
    private static final double REPORT_SECONDS = 10;

    private TrainingSection() {}

    /** @param spark a folder of Spark's jars; null to measure without it */
    static Map<String, Object> run(Path data, @Nullable Path spark, Path work, Consumer<String> progress)
            throws Exception {
        TrainingSpeed speed = TrainingSpeed.of(data);
        Map<String, Object> section = new LinkedHashMap<>();
        section.put("users", speed.dataset().userCount());
        section.put("items", speed.dataset().itemCount());
        section.put("actions", speed.dataset().actionCount());
        double[] next = {0};
        Map<String, TrainingRate> rates = speed.measure(BUDGET, work, state -> {
            if (state.cpuSeconds() >= next[0] || state.cpuSeconds() < next[0] - REPORT_SECONDS) {
                next[0] = state.cpuSeconds() + REPORT_SECONDS;
                progress.accept("training: " + state.phase() + ", " + Math.round(state.cpuSeconds()) + " CPU s");
            }
        });
        rates.forEach((name, rate) -> section.put(name, line(rate)));
        section.put(
                "sparkAls", spark == null ? "not measured: no --spark" : SparkAls.run(spark, speed, work, progress));
        return section;
    }

    private static Map<String, Object> line(TrainingRate rate) {
        Map<String, Object> line = new LinkedHashMap<>();
        line.put("cpuSeconds", rate.cpuSeconds());
        line.put("samplesPerCpuSecond", rate.positionsPerSecond());
        line.put("gigaflops", rate.gigaflops());
        line.put("matrixGigaflops", rate.matrixGigaflops());
        line.put("ofMatrixRate", rate.gigaflops() / rate.matrixGigaflops());
        return line;
    }
}
