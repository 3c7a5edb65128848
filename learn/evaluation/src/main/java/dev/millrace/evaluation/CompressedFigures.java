package dev.millrace.evaluation;

import dev.millrace.evaluation.compress.CompressionReport;
import dev.millrace.inference.parity.PairedSpeed;

/**
 * What a compressed student is beside what it was made of.
 *
 * @param of what it was made of: the student, or how that was pruned
 * @param lossOfNdcg10 the part of that one's NDCG@10 that it lacks, on the actions that were kept back from everything
 * @param report of the gate, on the actions by which the student's weights were chosen
 * @param ranking on the actions that were kept back from everything
 * @param besideTeacher how many times as fast as the teacher it answers, request by request in turns
 */
public record CompressedFigures(
        String of, double lossOfNdcg10, CompressionReport report, RankingMetrics ranking, PairedSpeed besideTeacher) {}
