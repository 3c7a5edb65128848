package dev.millrace.benchmarks.store.trace;

import dev.millrace.storage.memory.S3Fifo;

import java.util.Arrays;

/** The policy of Millrace's own store, {@link S3Fifo}, over rows that can always go. Not thread-safe. */
final class MillracePolicy implements EvictionPolicy, S3Fifo.Residents {
    static final String NAME = "Millrace";

    private static final byte ABSENT = -1;
    private static final byte MOST_READS = 3;

    private final S3Fifo policy;
    private final int capacity;
    private final byte[] reads;
    private final boolean[] marked;
    private int size;

    /** Opens {@link MillracePolicy}. */
    public static final class Opener implements EvictionPolicy.Opener {
        @Override
        public String name() {
            return NAME;
        }

        @Override
        public EvictionPolicy open(int capacity, int keys) {
            return new MillracePolicy(capacity, keys);
        }
    }

    private MillracePolicy(int capacity, int keys) {
        this.capacity = capacity;
        policy = new S3Fifo(capacity);
        reads = new byte[keys];
        marked = new boolean[keys];
        Arrays.fill(reads, ABSENT);
    }

    @Override
    public boolean access(int key) {
        if (reads[key] != ABSENT) {
            reads[key] = (byte) Math.min(MOST_READS, reads[key] + 1);
            return true;
        }
        if (size == capacity && !policy.evictOne(this)) {
            throw new IllegalStateException("the policy lets nothing go of " + size + " rows");
        }
        reads[key] = 0;
        size++;
        policy.admit(key, this);
        return false;
    }

    @Override
    public int frequency(long key) {
        return reads[(int) key];
    }

    @Override
    public void setFrequency(long key, int frequency) {
        reads[(int) key] = (byte) frequency;
    }

    @Override
    public boolean mark(long key) {
        boolean first = reads[(int) key] != ABSENT && !marked[(int) key];
        marked[(int) key] |= first;
        return first;
    }

    @Override
    public void unmark(long key) {
        marked[(int) key] = false;
    }

    @Override
    public boolean evict(long key) {
        reads[(int) key] = ABSENT;
        size--;
        return true;
    }
}
