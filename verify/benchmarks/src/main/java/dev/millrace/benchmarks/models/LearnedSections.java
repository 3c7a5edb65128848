package dev.millrace.benchmarks.models;

import dev.millrace.evaluation.CompressedFigures;
import dev.millrace.evaluation.ModelFigures;
import dev.millrace.evaluation.ModelsBench;
import dev.millrace.evaluation.compress.CompressionReport;

import java.io.IOException;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.function.Consumer;

/** The sections {@code teacher} and {@code student}: how good what is learnt here is, how large, and what a request costs. */
final class LearnedSections {
    static final List<String> NAMES = List.of("teacher", "student");

    private static final double REPORT_SECONDS = 30;

    private LearnedSections() {}

    static Map<String, Object> run(ModelBenchOptions options, Consumer<String> progress) throws IOException {
        double[] next = {0};
        ModelBenchOptions.Learned asked = options.learned();
        ModelsBench.Comparison comparison = ModelsBench.run(options.data(), asked.work(), asked.plan(), state -> {
            if (state.cpuSeconds() < next[0] - REPORT_SECONDS || state.cpuSeconds() >= next[0]) {
                next[0] = state.cpuSeconds() + REPORT_SECONDS;
                progress.accept("learning: " + state.phase() + ", " + Math.round(state.cpuSeconds())
                        + " CPU s, NDCG@10 " + state.ndcg10());
            }
        });
        ModelFigures teacher = comparison.teacher();
        Map<String, Object> student = section(comparison.student(), options.command());
        student.putAll(besideTeacher(comparison.student(), teacher));
        List<Object> variants = new ArrayList<>();
        for (ModelFigures variant : comparison.variants()) {
            Map<String, Object> line = section(variant, options.command());
            line.putAll(besideTeacher(variant, teacher));
            variants.add(line);
        }
        student.put("ablation", variants);
        student.put(
                "compressed",
                comparison.compressed().stream()
                        .map(LearnedSections::compressed)
                        .toList());
        Map<String, Object> sections = new LinkedHashMap<>();
        sections.put("teacher", section(teacher, options.command()));
        sections.put("student", student);
        return sections;
    }

    private static Map<String, Object> compressed(CompressedFigures figures) {
        CompressionReport report = figures.report();
        Map<String, Object> line = new LinkedHashMap<>();
        line.put("method", report.method());
        line.put("of", figures.of());
        line.put("ndcg10", figures.ranking().ndcg10());
        line.put("lossOfNdcg10", figures.lossOfNdcg10());
        line.put("hr10", figures.ranking().hr10());
        line.put("validationNdcg10", report.ndcg10());
        line.put("validationLossOfNdcg10", report.ndcgLoss());
        line.put("top10Overlap", report.overlap());
        line.put("timesSmaller", report.timesSmaller());
        line.put("bytes", report.bytes());
        line.put("timesFasterRequest", report.speed().ratio());
        line.put(
                "timesFasterRequestBounds",
                List.of(report.speed().least(), report.speed().most()));
        line.put("timesFasterThanTeacherInTurns", figures.besideTeacher());
        line.put("worstOperator", report.worstOperator());
        line.put("refusal", report.refusal() == null ? "" : report.refusal());
        return line;
    }

    private static Map<String, Object> section(ModelFigures figures, String command) {
        Map<String, Object> section = new LinkedHashMap<>();
        section.put("name", figures.name());
        section.put("ndcg10", figures.ranking().ndcg10());
        section.put("hr10", figures.ranking().hr10());
        section.put("hr1", figures.ranking().hr1());
        section.put("hr50", figures.ranking().hr50());
        section.put("hr200", figures.ranking().hr200());
        section.put("validationNdcg10", figures.validationNdcg10());
        section.put("parameters", figures.parameters());
        section.put("requestMicros", figures.time());
        section.put("training", figures.rate());
        section.put("lineage", figures.lineage());
        section.put("command", command);
        return section;
    }

    private static Map<String, Object> besideTeacher(ModelFigures student, ModelFigures teacher) {
        Map<String, Object> ratios = new LinkedHashMap<>();
        ratios.put(
                "shareOfTeachersNdcg10",
                student.ranking().ndcg10() / teacher.ranking().ndcg10());
        ratios.put("timesFewerParameters", teacher.parameters() / (double) student.parameters());
        ratios.put(
                "timesFasterRequest",
                teacher.time().requestMicros() / student.time().requestMicros());
        return ratios;
    }
}
