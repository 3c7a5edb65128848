package dev.millrace.features.rows;

import dev.millrace.model.UserId;
import dev.millrace.storage.personal.PersonalCipher;
import org.jspecify.annotations.Nullable;

import java.io.IOException;
import java.util.Set;
import java.util.function.IntFunction;

/** The tables of one state. Changed by the writer of the state alone. */
public interface FeatureTables {
    /** @param table whose rows all have the same length */
    FoldedRows rows(FeatureTable table);

    /** @param table whose rows are as long as they need */
    FoldedValues values(FeatureTable table);

    /** The keys of users, by which what a snapshot says of them is encrypted; nothing where it is in the clear. */
    @Nullable
    PersonalCipher cipher();

    /** Whether the rows of these tables can be made those of this offset of the log. */
    boolean reachBack(long offset, Set<FeatureTable> of);

    /**
     * Makes the rows those of an offset: empty ones at 0; of the tables whose rows were imported these, of the others what they were at
     * that offset. Before the first event is applied.
     *
     * @param imported rows that a snapshot of an earlier version held
     * @param users whose row an ordinal's is; nothing for a deleted user
     */
    void settle(long offset, @Nullable ImportedRows imported, IntFunction<@Nullable UserId> users) throws IOException;

    /** From now on, what a row was at this offset, the present one, can be had back. Until then everything written is on disk. */
    void keepAsOf(long offset);
}
