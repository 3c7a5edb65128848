package dev.millrace.samples;

import java.util.Arrays;

/** A growing list of ints. Owned by one thread. */
final class IntSequence {
    private static final int FIRST_CAPACITY = 8;

    private int[] values = new int[FIRST_CAPACITY];
    private int size;

    void add(int value) {
        if (size == values.length) {
            values = Arrays.copyOf(values, size + (size >> 1));
        }
        values[size++] = value;
    }

    int get(int index) {
        return values[index];
    }

    int size() {
        return size;
    }

    boolean isEmpty() {
        return size == 0;
    }

    int last() {
        return values[size - 1];
    }

    int[] newest(int max) {
        return Arrays.copyOfRange(values, Math.max(0, size - max), size);
    }
}
