package dev.millrace.inference.batching;

/**
 * How many rows a batch may have now (owned by the batcher, changed under its lock).
 *
 * <p>Additive increase, multiplicative decrease: while full batches end within the budget and more is waiting, the limit
 * grows by a step; a batch beyond the budget takes a tenth off. It finds the largest batch that the budget allows on this
 * machine with this graph, and follows when either changes, without a profile made beforehand. Source: Clipper (Crankshaw
 * and others, 2017), there with the same two constants' shape.
 */
final class BatchLimit {
    /** Starting small costs some batches; starting large would cost somebody's deadline. */
    private static final int START_ROWS = 64;

    private static final int STEP_ROWS = 32;
    private static final double BACK_OFF = 0.9;

    private final long budgetNanos;
    private final int maxRows;
    private int rows;

    BatchLimit(long budgetNanos, int maxRows) {
        this.budgetNanos = budgetNanos;
        this.maxRows = maxRows;
        this.rows = Math.min(START_ROWS, maxRows);
    }

    int rows() {
        return rows;
    }

    /** @param moreWaits whether rows were left behind because the batch was full */
    void observe(int batchRows, long nanos, boolean moreWaits) {
        if (nanos > budgetNanos) {
            // One call that is larger than the limit says nothing about batches below it.
            rows = Math.max(1, (int) (Math.min(rows, batchRows) * BACK_OFF));
        } else if (moreWaits) {
            rows = Math.min(maxRows, rows + STEP_ROWS);
        }
    }
}
