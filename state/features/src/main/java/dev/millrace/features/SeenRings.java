package dev.millrace.features;

import dev.millrace.features.columns.BlockPool;
import dev.millrace.features.columns.LongRows;

/**
 * The items that each user has seen, in the order in which they were first seen, the oldest forgotten first.
 *
 * <p>Two items share a long of the block. One writer; any thread reads without a lock.
 */
final class SeenRings {
    private static final int HEADER = 1;
    private static final long LOW = 0xFFFF_FFFFL;

    private final LongRows rows = new LongRows(2);
    private final BlockPool blocks;
    private final int capacity;

    SeenRings(int capacity, BlockPool blocks) {
        this.capacity = capacity;
        this.blocks = blocks;
    }

    void ensure(int users) {
        rows.ensure(users);
    }

    void read(int user, SeenItems into) {
        into.clear();
        if (user < 0) {
            return;
        }
        while (true) {
            long stamp = rows.beginRead(user);
            long header = rows.get(user, HEADER);
            if (rows.isUnchanged(user, stamp)) {
                int count = count(header);
                for (int i = 0; i < count; i++) {
                    into.add(item(handle(header), i));
                }
                if (rows.isUnchanged(user, stamp)) {
                    return;
                }
                into.clear();
            }
        }
    }

    boolean contains(int user, int item) {
        while (true) {
            long stamp = rows.beginRead(user);
            long header = rows.get(user, HEADER);
            if (rows.isUnchanged(user, stamp)) {
                boolean found = isAmong(header, item);
                if (rows.isUnchanged(user, stamp)) {
                    return found;
                }
            }
        }
    }

    /** Writer only. */
    void add(int user, int item) {
        long header = rows.get(user, HEADER);
        if (isAmong(header, item)) {
            return;
        }
        int handle = handle(header);
        int total = (int) header;
        rows.beginWrite(user);
        if (total < capacity && total == 2 * blocks.capacity(handle)) {
            handle = blocks.grow(handle, total / 2 + 1);
        }
        put(handle, total % capacity, item);
        int next = total + 1 == 2 * capacity ? capacity : total + 1;
        rows.set(user, HEADER, ((long) handle << 32) | next);
        rows.endWrite(user);
    }

    /** Writer only. */
    void delete(int user) {
        int handle = handle(rows.get(user, HEADER));
        rows.beginWrite(user);
        rows.set(user, HEADER, 0);
        blocks.free(handle);
        rows.endWrite(user);
    }

    /** How many items are kept of the user. */
    int count(int user) {
        return count(rows.get(user, HEADER));
    }

    /** The i-th item, oldest first. Writer only. */
    int oldest(int user, int i) {
        long header = rows.get(user, HEADER);
        int start = (int) header > capacity ? (int) header % capacity : 0;
        return item(handle(header), (start + i) % capacity);
    }

    private boolean isAmong(long header, int item) {
        int count = count(header);
        int handle = handle(header);
        for (int i = 0; i < count; i++) {
            if (item(handle, i) == item) {
                return true;
            }
        }
        return false;
    }

    private int count(long header) {
        return Math.min((int) header, capacity);
    }

    private int item(int handle, int index) {
        long pair = blocks.get(handle, index >> 1);
        return (int) ((index & 1) == 0 ? pair : pair >>> 32);
    }

    private void put(int handle, int index, int item) {
        long pair = blocks.get(handle, index >> 1);
        long changed = (index & 1) == 0 ? (pair & ~LOW) | item : (pair & LOW) | ((long) item << 32);
        blocks.set(handle, index >> 1, changed);
    }

    private static int handle(long header) {
        return (int) (header >>> 32);
    }
}
