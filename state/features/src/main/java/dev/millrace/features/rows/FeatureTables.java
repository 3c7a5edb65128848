package dev.millrace.features.rows;

import org.jspecify.annotations.Nullable;

import java.io.IOException;

/** The tables of one state. Changed by the writer of the state alone. */
public interface FeatureTables {
    /** @param table whose rows all have the same length */
    FoldedRows rows(FeatureTable table);

    FoldedValues users();

    /** Whether the rows can be made those of this offset of the log. */
    boolean reachBack(long offset);

    /**
     * Makes the rows those of an offset: empty ones at 0, what was imported, or what they were at that offset. Before the first event
     * is applied.
     *
     * @param imported rows that a snapshot of the first version held
     */
    void settle(long offset, @Nullable ImportedRows imported) throws IOException;

    /** From now on, what a row was at this offset, the present one, can be had back. Until then everything written is on disk. */
    void keepAsOf(long offset);
}
