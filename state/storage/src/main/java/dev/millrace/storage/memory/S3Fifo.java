package dev.millrace.storage.memory;

/**
 * Decides which rows stay in memory: S3-FIFO. Owned by the thread that holds the table's lock.
 *
 * <p>Idea: most rows that come are not asked for again, so they wait in a small queue of a tenth of the room; who was read
 * twice there moves to the main queue, the others leave and are remembered by their hash for as long as a main queue lasts.
 * Who comes back while remembered goes to the main queue at once. The main queue gives who was read another round.
 * A read only raises a counter of two bits; no queue moves then.
 *
 * <p>The queues hold keys. A key whose row has gone, or was removed and added again, may stand in a queue twice or for
 * nothing; it is dropped when its turn comes, or when the queue is full of such. Cost: 8.8 bytes a row, 4 to 8 for what is remembered.
 *
 * <p>Source: Yang, Zhang, Qiu, Yue, Rashmi: FIFO queues are all you need for cache eviction, SOSP 2023.
 */
public final class S3Fifo {
    /** The share of the small queue, as in the paper. */
    private static final double SMALL_SHARE = 0.1;
    /** Reads in the small queue that lead to the main queue, as in the authors' implementation. */
    private static final int READS_TO_STAY = 2;

    private final KeyRing small;
    private final KeyRing main;
    private final GhostSet ghosts;
    private final int smallTarget;

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
        this.smallTarget = Math.max(1, (int) (rows * SMALL_SHARE));
        this.small = new KeyRing(smallTarget + 1);
        this.main = new KeyRing(rows + 2);
        this.ghosts = new GhostSet(rows);
    }

    /** Takes in a row that has just got its place in memory. */
    public void admit(long key, Residents rows) {
        if (ghosts.remove(key)) {
            push(main, key, rows);
            return;
        }
        if (small.isFull()) {
            // Still room in memory, or the owner would have evicted: the oldest need not leave for it.
            push(main, small.pop(), rows);
        }
        small.push(key);
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
            boolean fromSmall = small.size() >= smallTarget || main.isEmpty();
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

    private static void push(KeyRing ring, long key, Residents rows) {
        if (ring.isFull()) {
            ring.purge(rows);
        }
        ring.push(key);
    }

    /** What the queues and the memory of those that left take, in bytes. */
    public long bytes() {
        return small.bytes() + main.bytes() + ghosts.bytes();
    }

    /** A queue of keys in a ring. */
    private static final class KeyRing {
        private long[] keys;
        private int head;
        private int size;

        KeyRing(int capacity) {
            this.keys = new long[capacity];
        }

        boolean isFull() {
            return size == keys.length;
        }

        boolean isEmpty() {
            return size == 0;
        }

        int size() {
            return size;
        }

        long bytes() {
            return 8L * keys.length;
        }

        void push(long key) {
            int tail = head + size;
            keys[tail < keys.length ? tail : tail - keys.length] = key;
            size++;
        }

        long pop() {
            long key = keys[head];
            head = head + 1 == keys.length ? 0 : head + 1;
            size--;
            return key;
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
                int at = head + i;
                rows.unmark(keys[at < keys.length ? at : at - keys.length]);
            }
        }
    }
}
