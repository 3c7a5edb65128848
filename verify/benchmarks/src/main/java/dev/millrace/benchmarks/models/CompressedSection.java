package dev.millrace.benchmarks.models;

import dev.millrace.inference.parity.Int8Compression;
import dev.millrace.inference.parity.ParityGate;
import dev.millrace.inference.parity.ParityLimits;
import dev.millrace.inference.parity.ParityReport;

import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.function.Consumer;

/**
 * What bytes bring a wide ranker, by the gate's own measure: speed in batches of 128, size, and what of the order is kept. The
 * weights are random, which leaves less room for rounding than trained ones. Stateless.
 */
final class CompressedSection implements ModelSection {
    private static final int CALIBRATION_ROWS = 1_000;
    private static final int ROWS = 10_000;

    @Override
    public String name() {
        return "compressed";
    }

    @Override
    public Map<String, Object> run(Path work, Consumer<String> progress) throws Exception {
        Int8Compression compression = Int8Compression.calibrate(
                RandomPerceptron.WIDE.graph(), RandomPerceptron.WIDE.signature(), rows(1, CALIBRATION_ROWS), work);
        ParityReport report = ParityGate.examine(compression, rows(2, ROWS), ParityLimits.defaults(), work);
        progress.accept("compressed: " + report);
        Map<String, Object> figures = new LinkedHashMap<>();
        figures.put("graph", "perceptron 512-512-256-128-1, int8 static, signed weights per output");
        figures.put("rows", ROWS);
        figures.put("timesFaster", report.speed().ratio());
        figures.put(
                "timesFasterBounds",
                List.of(report.speed().least(), report.speed().most()));
        figures.put("timesSmaller", (double) report.originalBytes() / report.bytes());
        figures.put("auc", report.auc());
        figures.put("top10Overlap", report.overlap());
        figures.put("meanDifference", report.meanDifference());
        figures.put("largestDifference", report.largestDifference());
        figures.put("worstLayer", report.worstLayer());
        figures.put("refusal", report.refusal() == null ? "" : report.refusal());
        return figures;
    }

    private static float[] rows(long seed, int count) {
        return RandomPerceptron.WIDE.rows(seed, count);
    }
}
