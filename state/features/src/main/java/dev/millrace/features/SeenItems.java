package dev.millrace.features;

import java.util.Arrays;
import java.util.function.IntConsumer;

/** A reusable set of item ordinals, filled by {@link UserRow#seen}. Owned by one request at a time. */
public final class SeenItems {
    private static final int EMPTY = -1;
    private static final int MIN_CAPACITY = 64;

    private int[] slots = new int[MIN_CAPACITY];
    private int size;

    public SeenItems() {
        clear();
    }

    public boolean contains(int item) {
        int mask = slots.length - 1;
        for (int slot = spread(item) & mask; ; slot = (slot + 1) & mask) {
            if (slots[slot] == item) {
                return true;
            }
            if (slots[slot] == EMPTY) {
                return false;
            }
        }
    }

    public void forEach(IntConsumer action) {
        for (int item : slots) {
            if (item != EMPTY) {
                action.accept(item);
            }
        }
    }

    public int size() {
        return size;
    }

    /** @return whether the item was not there */
    public boolean add(int item) {
        if (4 * (size + 1) > 3 * slots.length) {
            grow();
        }
        int mask = slots.length - 1;
        int slot = spread(item) & mask;
        while (slots[slot] != EMPTY) {
            if (slots[slot] == item) {
                return false;
            }
            slot = (slot + 1) & mask;
        }
        slots[slot] = item;
        size++;
        return true;
    }

    public void clear() {
        Arrays.fill(slots, EMPTY);
        size = 0;
    }

    private void grow() {
        int[] old = slots;
        slots = new int[2 * old.length];
        clear();
        for (int item : old) {
            if (item != EMPTY) {
                add(item);
            }
        }
    }

    private static int spread(int item) {
        int hash = item * 0x9E3779B9;
        return hash ^ (hash >>> 16);
    }
}
