package dev.millrace.features.rows;

import dev.millrace.model.ErrorCode;
import dev.millrace.model.MillraceException;
import dev.millrace.model.UserId;
import dev.millrace.storage.ValueTable;
import dev.millrace.storage.personal.SubjectId;
import org.jspecify.annotations.Nullable;

import java.lang.foreign.MemorySegment;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.Iterator;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.concurrent.atomic.LongAdder;

/**
 * Rows of users, of as many words as each needs, by ordinal, folded from the events of a log as {@link FoldedRows} are; on disk each is
 * encrypted with its user's key. One writer; any thread reads without a lock and sees each row whole.
 *
 * <p>Idea: what a user does comes in groups, such as ten impressions of one answer. So a changed row waits in memory until the writer
 * {@linkplain #show shows} the rows of a group, and is written once, however many events are in it. Nothing is lost with rows that wait:
 * the log has their events, and whoever waits for an event is told after its row is shown.
 */
public final class FoldedValues {
    /** What the rows that wait take at most, and one more; it is enough for those of a group of events. */
    static final long MOST_WAITING_BYTES = 4 << 20;

    /** What is kept for rows that will wait: those of a group, as a rule. */
    static final long MOST_SPARE_BYTES = 1 << 20;

    private static final int STAMP = 0;
    private static final int MOST_WAITING = 1024;

    private volatile ValueTable table;
    private @Nullable ValueTable before;
    private long keptOffset;
    /** Changed, and not yet seen by readers. Owned by the writer, as is what follows. */
    private final Map<Integer, WaitingRow> waiting = new LinkedHashMap<>();

    private final Deque<RowCopy> spare = new ArrayDeque<>();
    private final WordRoom probe;
    private long waitingBytes;
    private long spareBytes;

    private final LongAdder changes = new LongAdder();
    private final LongAdder writes = new LongAdder();

    private record WaitingRow(UserId owner, RowCopy copy) {}

    /** @param table in which no row is yet, or those of an earlier process */
    public FoldedValues(ValueTable table) {
        this.table = table;
        this.probe = new WordRoom(table.maxValueBytes() / Long.BYTES);
    }

    /** Reads a row; one of no words where there is none. */
    public void read(int ordinal, WordRoom into) {
        int bytes = table.get(ordinal, into.memory(), 0);
        into.size(bytes <= 0 ? 0 : bytes / Long.BYTES);
        into.late(bytes < 0 && table.wasOutOfReach());
    }

    /** Reads a row with what readers do not see of it yet. Writer only. */
    public void readNewest(int ordinal, WordRoom into) {
        WaitingRow changed = waiting.get(ordinal);
        if (changed == null) {
            read(ordinal, into);
        } else {
            changed.copy.giveTo(into);
        }
    }

    /**
     * Reads a row for a change, to be ended by {@link #save}. Writer only.
     *
     * @param owner whose row it is
     * @param offset of the event that changes it
     * @return false where the event is in the row already: then there is nothing to do
     */
    public boolean edit(int ordinal, UserId owner, long offset, WordRoom into) {
        if (isFullFor(ordinal)) {
            show();
        }
        boolean isWaiting = waiting.containsKey(ordinal);
        readNewest(ordinal, into);
        Reach.require(into.isLate(), ordinal);
        long stamp = into.size() == 0 ? 0 : into.words()[STAMP];
        if (stamp > offset) {
            return false;
        }
        if (!isWaiting && before != null && stamp <= keptOffset) {
            keep(before, ordinal, owner, into);
        }
        return true;
    }

    /** Rows are counted as well as their bytes: each takes some more beside its own. */
    private boolean isFullFor(int ordinal) {
        return waitingBytes >= MOST_WAITING_BYTES || (waiting.size() == MOST_WAITING && !waiting.containsKey(ordinal));
    }

    /** Where there is no row, it may have been removed by this same event, before it had to be given again: what was kept then stays. */
    private void keep(ValueTable kept, int ordinal, UserId owner, WordRoom row) {
        if (row.size() > 0 || !has(kept, ordinal)) {
            put(kept, ordinal, owner, row.memory(), row.size());
        }
    }

    private boolean has(ValueTable kept, int ordinal) {
        int bytes = kept.get(ordinal, probe.memory(), 0);
        probe.clear();
        Reach.require(bytes < 0 && kept.wasOutOfReach(), ordinal);
        return bytes >= 0;
    }

    /** Takes over the changed row, which readers see when it is {@linkplain #show shown}. Writer only, after {@link #edit} of the same event. */
    public void save(int ordinal, UserId owner, long offset, WordRoom from) {
        from.words()[STAMP] = offset + 1;
        WaitingRow row = waiting.get(ordinal);
        if (row == null) {
            row = new WaitingRow(owner, copy());
            waiting.put(ordinal, row);
            waitingBytes += row.copy.bytes();
        }
        waitingBytes -= row.copy.bytes();
        row.copy.take(from);
        waitingBytes += row.copy.bytes();
        changes.increment();
    }

    private RowCopy copy() {
        RowCopy copy = spare.poll();
        if (copy == null) {
            return new RowCopy();
        }
        spareBytes -= copy.bytes();
        return copy;
    }

    /** What rows that wait, and the room for others, take of the heap. Writer only. */
    long heldBytes() {
        return waitingBytes + spareBytes;
    }

    /**
     * Writes the rows that wait, each once, and so shows them to readers. Where that fails, those that are left wait on, until it is called
     * again. Writer only.
     *
     * @throws MillraceException {@code STORAGE_FAILED} or {@code UNAVAILABLE} where the store does not take them
     */
    public void show() {
        Iterator<Map.Entry<Integer, WaitingRow>> rows = waiting.entrySet().iterator();
        while (rows.hasNext()) {
            Map.Entry<Integer, WaitingRow> next = rows.next();
            showUnlessErased(next.getKey(), next.getValue());
            rows.remove();
            free(next.getValue());
        }
    }

    private void showUnlessErased(int ordinal, WaitingRow row) {
        try {
            put(table, ordinal, row.owner, row.copy.memory(), row.copy.size());
            writes.increment();
        } catch (MillraceException e) {
            // Else the user was erased meanwhile, and is about to be forgotten.
            if (e.code() != ErrorCode.CONFLICT) {
                throw e;
            }
        }
    }

    /** The room is used again, unless there is enough of it; what was in it is a person's. */
    private void free(WaitingRow row) {
        long bytes = row.copy.bytes();
        waitingBytes -= bytes;
        row.copy.clear();
        if (spareBytes + bytes <= MOST_SPARE_BYTES) {
            spare.add(row.copy);
            spareBytes += bytes;
        }
    }

    /** Forgets a row whose ordinal no later event names. Writer only. */
    public void remove(int ordinal) {
        WaitingRow row = waiting.remove(ordinal);
        if (row != null) {
            free(row);
        }
        boolean _ = table.remove(ordinal);
    }

    /** How often events changed a row. By any thread, as the next. */
    public long changes() {
        return changes.sum();
    }

    /** How often rows that events changed were written. */
    public long writes() {
        return writes.sum();
    }

    /** Puts a row as of an offset, whatever was there. */
    void put(int ordinal, UserId owner, WordRoom from, long stamp) {
        from.words()[STAMP] = stamp;
        put(table, ordinal, owner, from.memory(), from.size());
    }

    /** Puts a row as it was elsewhere into a table that is not personal. */
    void load(int ordinal, WordRoom from) {
        long _ = table.put(ordinal, from.memory(), 0, from.size() * Long.BYTES);
    }

    private static void put(ValueTable into, int ordinal, UserId owner, MemorySegment from, int words) {
        int bytes = words * Long.BYTES;
        // Whose it is costs a hash, which tables in memory alone need not pay.
        long _ = into.isPersonal()
                ? into.put(SubjectId.of(owner.value()), ordinal, from, 0, bytes)
                : into.put(ordinal, from, 0, bytes);
    }

    /** Goes on with another table, of which nobody reads yet. */
    void use(ValueTable other) {
        table = other;
        before = null;
    }

    /** From now on keeps what rows were at this offset, the present one, as of which all are shown. */
    void keepBefore(ValueTable kept, long offset) {
        if (!waiting.isEmpty()) {
            throw new IllegalStateException(waiting.size() + " rows wait to be shown");
        }
        before = kept;
        keptOffset = offset;
    }
}
