package dev.millrace.features.columns;

import org.jspecify.annotations.Nullable;

import java.lang.invoke.MethodHandles;
import java.lang.invoke.VarHandle;

/**
 * Gives keys dense numbers in the order of their arrival, never reused.
 *
 * <p>Open addressing with linear probing over the numbers, at most half full; a removed key leaves a mark that the next
 * growth sweeps. One writer; any thread reads without a lock and without garbage.
 */
public final class IdIndex<K> {
    private static final VarHandle SLOTS = MethodHandles.arrayElementVarHandle(int[].class);
    private static final int EMPTY = 0;
    private static final int REMOVED = -1;
    private static final int FIRST_CAPACITY = 1024;

    private final ObjectColumn<K> keys = new ObjectColumn<>();
    private volatile int[] slots = new int[FIRST_CAPACITY];
    private volatile int size;
    /** Slots that are not empty, removed ones included; owned by the writer. */
    private int used;

    /** The key's number, or −1. */
    public int find(K key) {
        int[] table = slots;
        int mask = table.length - 1;
        for (int slot = spread(key) & mask; ; slot = (slot + 1) & mask) {
            int entry = (int) SLOTS.getAcquire(table, slot);
            if (entry == EMPTY) {
                return -1;
            }
            if (entry != REMOVED && key.equals(keys.get(entry - 1))) {
                return entry - 1;
            }
        }
    }

    /** The key with this number, or null where it was removed. */
    public @Nullable K key(int number) {
        return keys.get(number);
    }

    /** How many numbers were given, those of removed keys included. */
    public int size() {
        return size;
    }

    /** Gives the next number to a key that has none. Writer only. */
    public int add(K key) {
        int number = size;
        keys.ensure(number + 1);
        keys.set(number, key);
        if (2 * (used + 1) > slots.length) {
            rebuild(number);
        }
        insert(slots, key, number);
        used++;
        size = number + 1;
        return number;
    }

    /** Takes the next number without a key, as a snapshot needs for one that was removed. Writer only. */
    public int addRemoved() {
        int number = size;
        keys.ensure(number + 1);
        size = number + 1;
        return number;
    }

    /** Forgets a key; its number stays taken. Writer only. */
    public void remove(int number) {
        K key = keys.get(number);
        if (key == null) {
            return;
        }
        int[] table = slots;
        int mask = table.length - 1;
        int slot = spread(key) & mask;
        while (table[slot] != number + 1) {
            slot = (slot + 1) & mask;
        }
        SLOTS.setRelease(table, slot, REMOVED);
        keys.set(number, null);
    }

    private void rebuild(int numbers) {
        int live = 0;
        for (int i = 0; i < numbers; i++) {
            live += keys.get(i) == null ? 0 : 1;
        }
        int capacity = FIRST_CAPACITY;
        while (capacity < 4L * (live + 1)) {
            capacity <<= 1;
        }
        int[] table = new int[capacity];
        for (int i = 0; i < numbers; i++) {
            K key = keys.get(i);
            if (key != null) {
                insert(table, key, i);
            }
        }
        used = live;
        slots = table;
    }

    private void insert(int[] table, K key, int number) {
        int mask = table.length - 1;
        int slot = spread(key) & mask;
        while (table[slot] != EMPTY) {
            slot = (slot + 1) & mask;
        }
        SLOTS.setRelease(table, slot, number + 1);
    }

    private int spread(K key) {
        int hash = key.hashCode() * 0x9E3779B9;
        return hash ^ (hash >>> 15);
    }
}
