package dev.millrace.features.rows;

import dev.millrace.model.UserId;
import dev.millrace.storage.ValueTable;
import dev.millrace.storage.personal.SubjectId;
import org.jspecify.annotations.Nullable;

/**
 * Rows of users, of as many words as each needs, by ordinal, folded from the events of a log as {@link FoldedRows} are; on disk each is
 * encrypted with its user's key. One writer; any thread reads without a lock and sees each row whole.
 */
public final class FoldedValues {
    private static final int STAMP = 0;

    private volatile ValueTable table;
    private @Nullable ValueTable before;
    private long keptOffset;

    FoldedValues(ValueTable table) {
        this.table = table;
    }

    /** Reads a row; one of no words where there is none. */
    public void read(int ordinal, WordRoom into) {
        int bytes = table.get(ordinal, into.memory(), 0);
        into.size(bytes <= 0 ? 0 : bytes / Long.BYTES);
        into.late(bytes < 0 && table.wasOutOfReach());
    }

    /**
     * Reads a row for a change, to be ended by {@link #save}. Writer only.
     *
     * @param owner whose row it is
     * @param offset of the event that changes it
     * @return false where the event is in the row already: then there is nothing to do
     */
    public boolean edit(int ordinal, UserId owner, long offset, WordRoom into) {
        read(ordinal, into);
        Reach.require(into.isLate(), ordinal);
        long stamp = into.size() == 0 ? 0 : into.words()[STAMP];
        if (stamp > offset) {
            return false;
        }
        if (before != null && stamp <= keptOffset) {
            put(before, ordinal, owner, into);
        }
        return true;
    }

    /** Shows the row to readers. Writer only, after {@link #edit} of the same event. */
    public void save(int ordinal, UserId owner, long offset, WordRoom from) {
        put(ordinal, owner, from, offset + 1);
    }

    /** Forgets a row whose ordinal no later event names. Writer only, after {@link #edit} of the same event. */
    public void remove(int ordinal) {
        boolean _ = table.remove(ordinal);
    }

    /** Puts a row as of an offset, whatever was there. */
    void put(int ordinal, UserId owner, WordRoom from, long stamp) {
        from.words()[STAMP] = stamp;
        put(table, ordinal, owner, from);
    }

    /** Puts a row as it was elsewhere into a table that is not personal. */
    void load(int ordinal, WordRoom from) {
        long _ = table.put(ordinal, from.memory(), 0, from.size() * Long.BYTES);
    }

    private static void put(ValueTable into, int ordinal, UserId owner, WordRoom from) {
        int bytes = from.size() * Long.BYTES;
        // Whose it is costs a hash, which tables in memory alone need not pay.
        long _ = into.isPersonal()
                ? into.put(SubjectId.of(owner.value()), ordinal, from.memory(), 0, bytes)
                : into.put(ordinal, from.memory(), 0, bytes);
    }

    /** Goes on with another table, of which nobody reads yet. */
    void use(ValueTable other) {
        table = other;
        before = null;
    }

    /** From now on keeps what rows were at this offset, the present one. */
    void keepBefore(ValueTable kept, long offset) {
        before = kept;
        keptOffset = offset;
    }
}
