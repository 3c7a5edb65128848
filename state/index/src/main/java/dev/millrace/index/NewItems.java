package dev.millrace.index;

/** The items that were created last. One writer; any thread may read. */
public final class NewItems {
    /** @param capacity how many of the newest items are kept, 16 to 65,536 */
    public NewItems(int capacity) {
        Bounds.require("index.new-items.capacity", capacity, 16, 65_536);
    }

    /** Adds an item or moves it to its creation time. */
    public void add(int item, long createdMillis) {}

    public void remove(int item) {}

    /** Reads up to {@code limit} items, newest first; returns how many. */
    public int newest(int limit, int[] ordinals, long[] createdMillis) {
        return 0;
    }
}
