package dev.millrace.retrieval;

import dev.millrace.model.InvalidValueException;

/** What one source proposes: items and the source's own scores, best first; reused, owned by one request. */
public final class CandidateBuffer {
    private final int[] items;
    private final float[] scores;
    private int size;
    private boolean partial;

    public CandidateBuffer(int capacity) {
        if (capacity < 1) {
            throw new InvalidValueException("candidate buffer capacity", "is " + capacity + "; give 1 or more");
        }
        items = new int[capacity];
        scores = new float[capacity];
    }

    /** Adds a candidate and returns true, or returns false when the buffer is full. */
    public boolean add(int item, float score) {
        if (size == items.length) {
            return false;
        }
        items[size] = item;
        scores[size++] = score;
        return true;
    }

    public void clear() {
        size = 0;
        partial = false;
    }

    public int size() {
        return size;
    }

    public int capacity() {
        return items.length;
    }

    public int item(int index) {
        return items[index];
    }

    public float score(int index) {
        return scores[index];
    }

    /** The items themselves, of which the first {@link #size()} count; not a copy. */
    public int[] items() {
        return items;
    }

    /** The scores themselves, of which the first {@link #size()} count; not a copy. */
    public float[] scores() {
        return scores;
    }

    /** Whether the source stopped at its deadline, so that better candidates may be missing. */
    public boolean isPartial() {
        return partial;
    }

    public void markPartial() {
        partial = true;
    }
}
