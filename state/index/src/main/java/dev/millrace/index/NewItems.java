package dev.millrace.index;

import java.util.concurrent.locks.StampedLock;

/**
 * The items that were created last. One writer; any thread may read, without a lock unless the writer gets in the way
 * four times in a row.
 *
 * <p>Two parallel arrays in order of creation, oldest first, in a window that slides through twice the capacity: an item
 * newer than all others is appended at no cost, and an older one moves those that are newer. Restored from the catalogue
 * at start, so it has no saved form.
 */
public final class NewItems {
    private static final int OPTIMISTIC_TRIES = 4;

    private final StampedLock lock = new StampedLock();
    private final int capacity;
    private final int[] items;
    private final long[] created;
    private int from;
    private int to;

    /** @param capacity how many of the newest items are kept, 16 to 65,536 */
    public NewItems(int capacity) {
        Bounds.require("index.new-items.capacity", capacity, 16, 65_536);
        this.capacity = capacity;
        items = new int[2 * capacity];
        created = new long[2 * capacity];
    }

    /** Adds an item or moves it to its creation time. */
    public void add(int item, long createdMillis) {
        Bounds.requireOrdinal(item);
        long stamp = lock.writeLock();
        try {
            delete(item);
            insert(item, createdMillis);
        } finally {
            lock.unlockWrite(stamp);
        }
    }

    public void remove(int item) {
        long stamp = lock.writeLock();
        try {
            delete(item);
        } finally {
            lock.unlockWrite(stamp);
        }
    }

    /** Reads up to {@code limit} items, newest first; returns how many. */
    public int newest(int limit, int[] ordinals, long[] createdMillis) {
        for (int i = 0; i < OPTIMISTIC_TRIES; i++) {
            long stamp = lock.tryOptimisticRead();
            if (stamp != 0) {
                int count = copyNewest(limit, ordinals, createdMillis);
                if (lock.validate(stamp)) {
                    return count;
                }
            }
        }
        long stamp = lock.readLock();
        try {
            return copyNewest(limit, ordinals, createdMillis);
        } finally {
            lock.unlockRead(stamp);
        }
    }

    // Runs unlocked: the bounds may be from two different moments.
    private int copyNewest(int limit, int[] ordinals, long[] createdMillis) {
        int end = to;
        int count = Math.clamp(end - from, 0, Math.min(limit, capacity));
        for (int i = 0; i < count && end - 1 - i >= 0; i++) {
            ordinals[i] = items[end - 1 - i];
            createdMillis[i] = created[end - 1 - i];
        }
        return count;
    }

    private void delete(int item) {
        for (int i = to - 1; i >= from; i--) {
            if (items[i] == item) {
                System.arraycopy(items, i + 1, items, i, to - i - 1);
                System.arraycopy(created, i + 1, created, i, to - i - 1);
                to--;
                return;
            }
        }
    }

    private void insert(int item, long createdMillis) {
        if (to - from == capacity) {
            if (createdMillis < created[from]) {
                return;
            }
            from++;
        }
        if (to == items.length) {
            System.arraycopy(items, from, items, 0, to - from);
            System.arraycopy(created, from, created, 0, to - from);
            to -= from;
            from = 0;
        }
        int at = to;
        while (at > from && created[at - 1] > createdMillis) {
            at--;
        }
        System.arraycopy(items, at, items, at + 1, to - at);
        System.arraycopy(created, at, created, at + 1, to - at);
        items[at] = item;
        created[at] = createdMillis;
        to++;
    }
}
