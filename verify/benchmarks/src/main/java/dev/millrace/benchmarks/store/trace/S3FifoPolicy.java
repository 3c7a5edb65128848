package dev.millrace.benchmarks.store.trace;

import java.util.ArrayDeque;

/**
 * S3-FIFO: a small queue of a tenth that new keys must pass with a second use, a main queue in which a used key goes round
 * again, and a ghost queue of keys that left the small one, which enter the main one when they come back. Not thread-safe.
 *
 * <p>Source: Yang et al., "FIFO queues are all you need for cache eviction", SOSP 2023.
 */
final class S3FifoPolicy implements EvictionPolicy {
    private static final byte NONE = 0;
    private static final byte SMALL = 1;
    private static final byte MAIN = 2;
    private static final byte GHOST = 3;
    private static final byte MOST_USES = 3;

    private final int capacity;
    private final int smallCapacity;
    private final byte[] where;
    private final byte[] uses;
    /** Which entry into the ghost queue is the key's newest; older ones in the queue say nothing. */
    private final int[] ghostEntry;

    private final ArrayDeque<Integer> small = new ArrayDeque<>();
    private final ArrayDeque<Integer> main = new ArrayDeque<>();
    private final ArrayDeque<long[]> ghost = new ArrayDeque<>();
    private int ghostEntries;

    /** Opens {@link S3FifoPolicy}. */
    public static final class Opener implements EvictionPolicy.Opener {
        @Override
        public String name() {
            return "S3-FIFO";
        }

        @Override
        public EvictionPolicy open(int capacity, int keys) {
            return new S3FifoPolicy(capacity, keys);
        }
    }

    private S3FifoPolicy(int capacity, int keys) {
        this.capacity = capacity;
        smallCapacity = Math.max(1, capacity / 10);
        where = new byte[keys];
        uses = new byte[keys];
        ghostEntry = new int[keys];
    }

    @Override
    public boolean access(int key) {
        if (where[key] == SMALL || where[key] == MAIN) {
            uses[key] = (byte) Math.min(MOST_USES, uses[key] + 1);
            return true;
        }
        while (small.size() + main.size() >= capacity) {
            evict();
        }
        boolean returns = where[key] == GHOST;
        where[key] = returns ? MAIN : SMALL;
        uses[key] = 0;
        (returns ? main : small).add(key);
        return false;
    }

    private void evict() {
        if (small.size() >= smallCapacity || main.isEmpty()) {
            evictFromSmall();
        } else {
            evictFromMain();
        }
    }

    private void evictFromSmall() {
        int key = small.remove();
        if (uses[key] > 1) {
            uses[key] = 0;
            where[key] = MAIN;
            main.add(key);
        } else {
            where[key] = GHOST;
            ghostEntry[key] = ++ghostEntries;
            ghost.add(new long[] {key, ghostEntries});
            trimGhost();
        }
    }

    private void evictFromMain() {
        int key = main.remove();
        if (uses[key] > 0) {
            uses[key]--;
            main.add(key);
        } else {
            where[key] = NONE;
        }
    }

    private void trimGhost() {
        if (ghost.size() > capacity - smallCapacity) {
            long[] oldest = ghost.remove();
            int key = (int) oldest[0];
            if (where[key] == GHOST && ghostEntry[key] == (int) oldest[1]) {
                where[key] = NONE;
            }
        }
    }
}
