package dev.millrace.benchmarks.store.trace;

/** Evicts what was not used for the longest time: a ring of links through arrays. Not thread-safe. */
final class LruPolicy implements EvictionPolicy {
    private final int capacity;
    private final int[] newer;
    private final int[] older;
    private final boolean[] held;
    private final int head;
    private int size;

    /** Opens {@link LruPolicy}. */
    public static final class Opener implements EvictionPolicy.Opener {
        @Override
        public String name() {
            return "LRU";
        }

        @Override
        public EvictionPolicy open(int capacity, int keys) {
            return new LruPolicy(capacity, keys);
        }
    }

    private LruPolicy(int capacity, int keys) {
        this.capacity = capacity;
        newer = new int[keys + 1];
        older = new int[keys + 1];
        held = new boolean[keys];
        head = keys;
        newer[head] = head;
        older[head] = head;
    }

    @Override
    public boolean access(int key) {
        boolean hit = held[key];
        if (hit) {
            unlink(key);
        } else if (size == capacity) {
            int oldest = newer[head];
            unlink(oldest);
            held[oldest] = false;
        } else {
            size++;
        }
        held[key] = true;
        linkNewest(key);
        return hit;
    }

    /** The head's newer neighbour is the oldest key, its older one the newest: the ring closes there. */
    private void linkNewest(int key) {
        int newest = older[head];
        newer[newest] = key;
        older[key] = newest;
        newer[key] = head;
        older[head] = key;
    }

    private void unlink(int key) {
        newer[older[key]] = newer[key];
        older[newer[key]] = older[key];
    }
}
