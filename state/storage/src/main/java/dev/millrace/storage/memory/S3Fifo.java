package dev.millrace.storage.memory;

import dev.millrace.kernels.LargeMemory;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;

/**
 * Decides which rows stay in memory: S3-FIFO. Owned by the thread that holds the table's lock.
 *
 * <p>Idea: most rows that come are not asked for again, so they wait in a small queue of a tenth of the room; who was read
 * twice there moves to the main queue, the others leave and are remembered by their hash for as long as a main queue lasts.
 * Who comes back while remembered goes to the main queue at once. The main queue gives who was read another round.
 * A read only raises a counter of two bits; no queue moves then.
 *
 * <p>The queues hold keys. A key whose row has gone, or was removed and added again, may stand in a queue twice or for
 * nothing; it is dropped when its turn comes, or when the queue is full of such. Cost: 8.8 bytes a row, 8 to 16 for what is remembered.
 *
 * <p>Source: Yang, Zhang, Qiu, Yue, Rashmi: FIFO queues are all you need for cache eviction, SOSP 2023.
 */
public final class S3Fifo {
    /** The share of the small queue, as in the paper. */
    private static final double SMALL_SHARE = 0.1;
    /** Reads in the small queue that lead to the main queue, as in the authors' implementation. */
    private static final int READS_TO_STAY = 2;

    /** Where nobody knows how many rows there is room for, queues begin like this. */
    private static final int FIRST_ROWS = 1024;

    private final KeyRing small;
    private final KeyRing main;
    private GhostSet ghosts;
    /** How many rows the queues are made for now. */
    private int room;
    /** 0 where it follows what the queues hold. */
    private final int fixedSmallTarget;

    /** What the policy asks of the rows. */
    public interface Residents {
        /** How often the row was read since it was asked last, 0 to 3; −1 where the key has no row in memory. */
        int frequency(long key);

        void setFrequency(long key, int frequency);

        /** Marks the key's row. @return false where it is marked already, or there is none in memory */
        boolean mark(long key);

        void unmark(long key);

        /** @return false where the row cannot go yet, for example because it is not on disk */
        boolean evict(long key);
    }

    /** @param rows how many rows have room */
    public S3Fifo(int rows) {
        this(rows, rows, smallShare(rows));
    }

    private S3Fifo(int rows, int mostRows, int fixedSmallTarget) {
        this.room = rows;
        this.fixedSmallTarget = fixedSmallTarget;
        this.small = new KeyRing(smallShare(rows) + 1, smallShare(mostRows) + 2);
        this.main = new KeyRing(rows + 2, mostRows + 2);
        this.ghosts = new GhostSet(rows);
    }

    /** For rows of many sizes, of which nobody knows how many have room: the queues grow with them. */
    public static S3Fifo growing(int mostRows) {
        return new S3Fifo(Math.min(FIRST_ROWS, mostRows), mostRows, 0);
    }

    private static int smallShare(int rows) {
        return Math.max(1, (int) (rows * SMALL_SHARE));
    }

    private int smallTarget() {
        return fixedSmallTarget > 0 ? fixedSmallTarget : smallShare(small.size() + main.size());
    }

    /** Takes in a row that has just got its place in memory. */
    public void admit(long key, Residents rows) {
        if (ghosts.remove(key)) {
            push(main, key, rows);
            return;
        }
        if (small.size() > smallTarget()) {
            // Still room in memory, or the owner would have evicted: the oldest need not leave for it.
            push(main, small.pop(), rows);
        }
        push(small, key, rows);
    }

    /**
     * Lets one row go.
     *
     * @return false where none can go now
     */
    public boolean evictOne(Residents rows) {
        // Each turn drops a stale key, lowers a counter, or moves a key: three rounds of counters bound it.
        long turns = 5L * (small.size() + main.size());
        while (turns-- > 0) {
            boolean fromSmall = small.size() >= smallTarget() || main.isEmpty();
            if (fromSmall ? evictFromSmall(rows) : evictFromMain(rows)) {
                return true;
            }
        }
        return false;
    }

    private boolean evictFromSmall(Residents rows) {
        if (small.isEmpty()) {
            return false;
        }
        long key = small.pop();
        int frequency = rows.frequency(key);
        if (frequency < 0) {
            return false;
        }
        if (frequency >= READS_TO_STAY) {
            rows.setFrequency(key, 0);
            push(main, key, rows);
            return false;
        }
        if (!rows.evict(key)) {
            push(main, key, rows);
            return false;
        }
        ghosts.add(key);
        return true;
    }

    private boolean evictFromMain(Residents rows) {
        long key = main.pop();
        int frequency = rows.frequency(key);
        if (frequency < 0) {
            return false;
        }
        if (frequency > 0) {
            rows.setFrequency(key, frequency - 1);
            main.push(key);
            return false;
        }
        if (!rows.evict(key)) {
            main.push(key);
            return false;
        }
        return true;
    }

    private void push(KeyRing ring, long key, Residents rows) {
        if (ring.isFull()) {
            ring.purge(rows);
            ring.growIfCrowded();
        }
        ring.push(key);
        if (main.capacity() > 2 * room) {
            // What it remembered is lost, as after a start; this happens once in a doubling.
            room = main.capacity() - 2;
            ghosts = new GhostSet(room);
        }
    }

    /** What choosing among so many rows takes at most. */
    public static long bytesFor(long rows) {
        return Long.BYTES * ((long) (rows * SMALL_SHARE) + 3 + rows + 2) + GhostSet.bytesFor(rows);
    }

    /** What the queues and the memory of those that left take, in bytes. */
    public long bytes() {
        return small.bytes() + main.bytes() + ghosts.bytes();
    }

    /** A queue of keys in a ring, outside the heap: it costs nothing until it is used, and no collection copies it. */
    private static final class KeyRing {
        private final int limit;
        private MemorySegment keys;
        private int capacity;
        private int head;
        private int size;

        KeyRing(int capacity, int limit) {
            this.keys = allocate(capacity);
            this.capacity = capacity;
            this.limit = limit;
        }

        private static MemorySegment allocate(int capacity) {
            return LargeMemory.allocate((long) Long.BYTES * capacity, Arena.ofAuto());
        }

        int capacity() {
            return capacity;
        }

        /** After a purge that found few stale keys, more room saves the next ones. */
        void growIfCrowded() {
            if (capacity == limit || size < capacity / 4 * 3) {
                return;
            }
            int more = (int) Math.min(limit, capacity + capacity / 2 + 1L);
            MemorySegment larger = allocate(more);
            for (int i = 0; i < size; i++) {
                larger.setAtIndex(ValueLayout.JAVA_LONG, i, get(i));
            }
            keys = larger;
            capacity = more;
            head = 0;
        }

        boolean isFull() {
            return size == capacity;
        }

        boolean isEmpty() {
            return size == 0;
        }

        int size() {
            return size;
        }

        long bytes() {
            return keys.byteSize();
        }

        void push(long key) {
            keys.setAtIndex(ValueLayout.JAVA_LONG, wrap((long) head + size), key);
            size++;
        }

        long pop() {
            long key = keys.getAtIndex(ValueLayout.JAVA_LONG, head);
            head = (int) wrap(head + 1L);
            size--;
            return key;
        }

        private long get(int i) {
            return keys.getAtIndex(ValueLayout.JAVA_LONG, wrap((long) head + i));
        }

        private long wrap(long at) {
            return at < capacity ? at : at - capacity;
        }

        /** Drops stale keys and all but the first of each other. There are fewer rows than places, so some go. */
        void purge(Residents rows) {
            int before = size;
            for (int i = 0; i < before; i++) {
                long key = pop();
                if (rows.mark(key)) {
                    push(key);
                }
            }
            for (int i = 0; i < size; i++) {
                rows.unmark(get(i));
            }
        }
    }
}
