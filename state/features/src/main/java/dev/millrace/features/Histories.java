package dev.millrace.features;

import dev.millrace.features.columns.BlockPool;
import dev.millrace.features.columns.LongRows;
import dev.millrace.model.ActionType;

/**
 * What each user did last: the newest positive actions, and the items that the user has seen.
 *
 * <p>The order is that of the log, not of the timestamps: it is what training sees too. Several actions in a row on one
 * item are one entry, that of the last of them ({@link SequenceRule}). Times are kept in whole seconds. One writer (the
 * ingest agent); any thread reads without a lock and without garbage.
 */
public final class Histories {
    private static final int HEADER = 1;
    private static final int ITEM_SHIFT = 36;
    private static final int ACTION_SHIFT = 32;
    private static final int ACTION_MASK = 0xF;
    private static final long SECONDS_MASK = 0xFFFF_FFFFL;
    /** A multiple of every capacity. */
    static final int WRAP = 1 << 30;

    /** A row is a stamp and a header: the handle of the block (high half) and how many entries were ever added (low half). */
    private final LongRows rows = new LongRows(2);

    private final BlockPool blocks;
    private final int capacity;
    private final SeenRings seen;

    Histories(FeaturesConfig config, BlockPool blocks) {
        this.blocks = blocks;
        this.capacity = config.historyLength();
        this.seen = new SeenRings(config.seenCapacity(), blocks);
    }

    /** How many actions are kept per user. */
    public int capacity() {
        return capacity;
    }

    /**
     * Reads the newest positive actions of a user, newest last.
     *
     * @param user the user's ordinal; a negative one has no history
     * @return how many were read: at most as many as the shortest array holds
     */
    public int read(int user, int[] items, long[] millis, byte[] actions) {
        if (user < 0) {
            return 0;
        }
        int room = Math.min(items.length, Math.min(millis.length, actions.length));
        while (true) {
            long stamp = rows.beginRead(user);
            long header = rows.get(user, HEADER);
            if (rows.isUnchanged(user, stamp)) {
                int count = copy(header, room, items, millis, actions);
                if (rows.isUnchanged(user, stamp)) {
                    return count;
                }
            }
        }
    }

    /** Replaces the set by the items that the user has seen, as far as they are kept. */
    public void readSeen(int user, SeenItems into) {
        seen.read(user, into);
    }

    /** Whether the item is among those that the user has seen. */
    public boolean hasSeen(int user, int item) {
        return user >= 0 && seen.contains(user, item);
    }

    /** How many of the user's positive actions are kept; 0 for a user that is not known. */
    public int count(int user) {
        return user < 0 ? 0 : Math.min((int) rows.get(user, HEADER), capacity);
    }

    /** How many of the items that the user has seen are kept; 0 for a user that is not known. */
    public int seenCount(int user) {
        return user < 0 ? 0 : seen.count(user);
    }

    SeenRings seen() {
        return seen;
    }

    void ensure(int users) {
        rows.ensure(users);
        seen.ensure(users);
    }

    void addSeen(int user, int item) {
        seen.add(user, item);
    }

    void add(int user, int item, ActionType type, long seconds) {
        long entry = ((long) item << ITEM_SHIFT) | ((long) type.code() << ACTION_SHIFT) | seconds;
        long header = rows.get(user, HEADER);
        int handle = handle(header);
        int total = (int) header;
        rows.beginWrite(user);
        if (total > 0 && SequenceRule.replacesNewest(item(blocks.get(handle, (total - 1) & (capacity - 1))), item)) {
            total--;
        } else if (total < capacity && total == blocks.capacity(handle)) {
            handle = blocks.grow(handle, Math.min(capacity, total + 1));
        }
        blocks.set(handle, total & (capacity - 1), entry);
        rows.set(user, HEADER, header(handle, next(total)));
        rows.endWrite(user);
    }

    void delete(int user) {
        int handle = handle(rows.get(user, HEADER));
        rows.beginWrite(user);
        rows.set(user, HEADER, 0);
        blocks.free(handle);
        rows.endWrite(user);
        seen.delete(user);
    }

    private int copy(long header, int room, int[] items, long[] millis, byte[] actions) {
        int handle = handle(header);
        int total = (int) header;
        int count = Math.min(room, Math.min(total, capacity));
        for (int i = 0; i < count; i++) {
            long entry = blocks.get(handle, (total - count + i) & (capacity - 1));
            items[i] = item(entry);
            actions[i] = (byte) ((entry >>> ACTION_SHIFT) & ACTION_MASK);
            millis[i] = (entry & SECONDS_MASK) * 1000;
        }
        return count;
    }

    /** The count wraps at a multiple of the capacity, so that positions in the ring stay right for ever. */
    private int next(int total) {
        return total + 1 == WRAP ? capacity : total + 1;
    }

    private static int item(long entry) {
        return (int) (entry >>> ITEM_SHIFT);
    }

    private static int handle(long header) {
        return (int) (header >>> 32);
    }

    private static long header(int handle, int total) {
        return ((long) handle << 32) | total;
    }
}
