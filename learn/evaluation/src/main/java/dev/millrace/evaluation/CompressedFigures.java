package dev.millrace.evaluation;

import dev.millrace.evaluation.compress.CompressionReport;

/**
 * What a compressed student is beside the student.
 *
 * @param report of the gate, on the actions by which the student's weights were chosen
 * @param ranking on the actions that were kept back from everything
 */
public record CompressedFigures(CompressionReport report, RankingMetrics ranking) {}
