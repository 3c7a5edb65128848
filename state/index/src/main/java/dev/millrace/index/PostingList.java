package dev.millrace.index;

import java.util.Arrays;
import java.util.function.IntPredicate;

/**
 * The items that have one term, each once, in the order in which they got it. One writer; any thread may read a block
 * that it has taken.
 *
 * <p>An item that loses the term stays in the list, where readers recognise it by its own terms; when a quarter of the
 * list is such, it is copied without them. So adding and losing cost O(1), but for an old item that gets a term again.
 */
final class PostingList {
    private static final int SMALLEST_STALE = 16;

    private volatile Block block = new Block(new int[4]);
    private int greatest = -1;
    private int stale;
    private volatile int count;

    /** How many items have the term. */
    int count() {
        return count;
    }

    /** What there is to read now. */
    Block block() {
        return block;
    }

    void add(int item) {
        int before = count;
        count = before + 1;
        Block now = block;
        if (item <= greatest && stale > 0 && now.contains(item)) {
            stale--;
            return;
        }
        int size = now.size;
        if (size == now.items.length) {
            now = new Block(Arrays.copyOf(now.items, size + (size >> 1)));
        }
        now.items[size] = item;
        now.size = size + 1; // publishes the item
        block = now;
        greatest = Math.max(greatest, item);
    }

    /** @param has tells which items still have the term */
    void lose(IntPredicate has) {
        int before = count;
        count = before - 1;
        stale++;
        Block now = block;
        if (stale > SMALLEST_STALE && stale > now.size / 4) {
            int[] kept = new int[Math.max(4, now.size)];
            int still = 0;
            for (int i = 0; i < now.size; i++) {
                if (has.test(now.items[i])) {
                    kept[still++] = now.items[i];
                }
            }
            Block fresh = new Block(kept);
            fresh.size = still;
            block = fresh;
            stale = 0;
        }
    }

    /** Items of which the first {@link #size()} can be read; only ever appended to. */
    static final class Block {
        private final int[] items;
        private volatile int size;

        private Block(int[] items) {
            this.items = items;
        }

        int size() {
            return size;
        }

        int item(int index) {
            return items[index];
        }

        private boolean contains(int item) {
            for (int i = 0; i < size; i++) {
                if (items[i] == item) {
                    return true;
                }
            }
            return false;
        }
    }
}
