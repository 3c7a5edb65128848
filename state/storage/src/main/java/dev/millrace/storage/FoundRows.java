package dev.millrace.storage;

import dev.millrace.kernels.RawMemory;
import dev.millrace.storage.memory.CellIndex;
import org.jspecify.annotations.Nullable;

/** Where some keys' rows were in a {@link RowMatrix} (owned by one thread, reused from batch to batch). */
public final class FoundRows {
    private final long[] slots;
    private final long[] positions;
    private final long[] entries;
    private int count;
    /** What the positions point into, which is kept while they are in use. */
    private @Nullable Object index;

    /** @param most keys that one batch has at most */
    public FoundRows(int most) {
        this.slots = new long[most];
        this.positions = new long[most];
        this.entries = new long[most];
    }

    public int most() {
        return slots.length;
    }

    /** The slot of each key's row, −1 for a key without one. */
    public long[] slots() {
        return slots;
    }

    /** Begins a batch. */
    public void begin(Object batchIndex) {
        index = batchIndex;
        count = 0;
    }

    /**
     * Adds the next keys, whose cells were found at the positions with the entries.
     *
     * @return how many of them have a row
     */
    public int add(long[] at, long[] found, int n) {
        System.arraycopy(at, 0, positions, count, n);
        System.arraycopy(found, 0, entries, count, n);
        int present = 0;
        for (int i = 0; i < n; i++) {
            long slot = CellIndex.place(found[i]);
            slots[count + i] = slot;
            present += slot < 0 ? 0 : 1;
        }
        count += n;
        return present;
    }

    /** Whether all entries are as they were, in the same index. */
    public boolean areIn(Object currentIndex) {
        return isSame(currentIndex, index) && areEntriesSame();
    }

    @SuppressWarnings("ReferenceEquality") // An index has no value; each is another.
    private static boolean isSame(Object one, @Nullable Object other) {
        return one == other;
    }

    private boolean areEntriesSame() {
        long changed = 0;
        for (int i = 0; i < count; i++) {
            changed |= RawMemory.getLong(positions[i] + CellIndex.ENTRY_OFFSET) ^ entries[i];
        }
        return CellIndex.isSame(changed, 0);
    }
}
