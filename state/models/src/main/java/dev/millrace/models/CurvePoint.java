package dev.millrace.models;

/**
 * One measurement of a training run.
 *
 * @param step optimiser steps so far
 * @param cpuSeconds CPU time so far, all threads
 * @param loss mean training loss since the previous point
 * @param ndcg10 NDCG@10 on the validation items
 * @param hr10 hit rate at 10 on the validation items
 */
public record CurvePoint(long step, double cpuSeconds, double loss, double ndcg10, double hr10) {}
