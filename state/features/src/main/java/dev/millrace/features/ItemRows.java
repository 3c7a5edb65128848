package dev.millrace.features;

import dev.millrace.features.rows.RowBatch;

/** Room for the rows of the items of one {@link Moment}; reused. Owned by one thread at a time. */
public final class ItemRows {
    final RowBatch counts = new RowBatch();
    final RowBatch hours = new RowBatch();

    /** Whether counts that were read last are missing only because a tier of the store did not give them in time. */
    public boolean areCountsLate() {
        return counts.isLate();
    }

    /** The same of what happened by the hour of the day. */
    public boolean areHoursLate() {
        return hours.isLate();
    }
}
