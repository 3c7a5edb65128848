package dev.millrace.benchmarks.store.trace;

/** Evicts the first key of a ring that was not used since the hand last came by: one bit a key. Not thread-safe. */
final class ClockPolicy implements EvictionPolicy {
    private static final int ABSENT = -1;

    private final int[] ring;
    private final int[] place;
    private final boolean[] used;
    private int size;
    private int hand;

    /** Opens {@link ClockPolicy}. */
    public static final class Opener implements EvictionPolicy.Opener {
        @Override
        public String name() {
            return "CLOCK";
        }

        @Override
        public EvictionPolicy open(int capacity, int keys) {
            return new ClockPolicy(capacity, keys);
        }
    }

    private ClockPolicy(int capacity, int keys) {
        ring = new int[capacity];
        used = new boolean[capacity];
        place = new int[keys];
        java.util.Arrays.fill(place, ABSENT);
    }

    @Override
    public boolean access(int key) {
        int at = place[key];
        if (at != ABSENT) {
            used[at] = true;
            return true;
        }
        if (size < ring.length) {
            at = size++;
        } else {
            at = evict();
        }
        ring[at] = key;
        used[at] = false;
        place[key] = at;
        return false;
    }

    private int evict() {
        while (used[hand]) {
            used[hand] = false;
            hand = next(hand);
        }
        int at = hand;
        hand = next(hand);
        place[ring[at]] = ABSENT;
        return at;
    }

    private int next(int at) {
        return at + 1 == ring.length ? 0 : at + 1;
    }
}
