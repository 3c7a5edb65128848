package dev.millrace.features.rows;

import dev.millrace.model.UserId;
import dev.millrace.storage.personal.PersonalCipher;
import org.jspecify.annotations.Nullable;

import java.io.IOException;
import java.util.function.IntFunction;

/** The tables of one state. Changed by the writer of the state alone. */
public interface FeatureTables {
    /** @param table whose rows all have the same length */
    FoldedRows rows(FeatureTable table);

    FoldedValues users();

    /** The keys of users, by which what a snapshot says of them is encrypted; nothing where it is in the clear. */
    @Nullable
    PersonalCipher cipher();

    /** Whether the rows can be made those of this offset of the log. */
    boolean reachBack(long offset);

    /**
     * Makes the rows those of an offset: empty ones at 0, what was imported, or what they were at that offset. Before the first event
     * is applied.
     *
     * @param imported rows that a snapshot of the first version held
     * @param users whose row an ordinal's is; nothing for a deleted user
     */
    void settle(long offset, @Nullable ImportedRows imported, IntFunction<@Nullable UserId> users) throws IOException;

    /** From now on, what a row was at this offset, the present one, can be had back. Until then everything written is on disk. */
    void keepAsOf(long offset);
}
