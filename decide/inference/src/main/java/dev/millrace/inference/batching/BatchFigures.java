package dev.millrace.inference.batching;

/**
 * What a batcher has done so far, and how it stands (immutable).
 *
 * @param batches runs of the graph
 * @param rows rows of all of them
 * @param calls calls of all of them
 * @param expired calls whose deadline passed before they ran
 * @param refused calls that found the queue full
 * @param limitRows the most rows of a batch at this moment
 * @param waitingRows the rows that wait at this moment
 */
public record BatchFigures(
        long batches, long rows, long calls, long expired, long refused, int limitRows, int waitingRows) {}
