package dev.millrace.models;

import dev.millrace.model.ItemId;

import java.util.Arrays;
import java.util.List;

/**
 * The items a model knows, numbered from 0 (immutable).
 *
 * <p>The index is an open-addressing table of ints beside the list of ids: 8 bytes an item instead of a hash map's 50.
 */
public final class Vocabulary {
    private static final int EMPTY = -1;

    private final List<ItemId> items;
    private final int[] table;
    private final int mask;

    /** @throws IllegalArgumentException when an item occurs twice */
    public Vocabulary(List<ItemId> items) {
        this.items = List.copyOf(items);
        int capacity = Integer.highestOneBit(Math.max(4, this.items.size())) * 4;
        this.mask = capacity - 1;
        this.table = new int[capacity];
        Arrays.fill(table, EMPTY);
        for (int index = 0; index < this.items.size(); index++) {
            insert(index);
        }
    }

    public int size() {
        return items.size();
    }

    public List<ItemId> items() {
        return items;
    }

    public ItemId item(int index) {
        return items.get(index);
    }

    /** The item's number, or -1 when the model does not know it. */
    public int index(ItemId item) {
        for (int slot = slot(item); ; slot = slot + 1 & mask) {
            int index = table[slot];
            if (index == EMPTY || items.get(index).equals(item)) {
                return index;
            }
        }
    }

    private void insert(int index) {
        ItemId item = items.get(index);
        int slot = slot(item);
        for (; table[slot] != EMPTY; slot = slot + 1 & mask) {
            if (items.get(table[slot]).equals(item)) {
                throw new IllegalArgumentException("item '" + item + "' stands in the vocabulary twice, at "
                        + table[slot] + " and " + index + "; give each item once");
            }
        }
        table[slot] = index;
    }

    private int slot(ItemId item) {
        int hash = item.hashCode() * 0x9E3779B9; // String hashes of numbers are dense in their low bits
        return (hash ^ hash >>> 16) & mask;
    }
}
