package dev.millrace.features;

import dev.millrace.features.rows.RowBatch;

/** Room for the rows of the items of one {@link Moment}; reused. Owned by one thread at a time. */
public final class ItemRows {
    final RowBatch counts = new RowBatch();
    final RowBatch hours = new RowBatch();
}
