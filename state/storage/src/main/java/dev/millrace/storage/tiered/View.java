package dev.millrace.storage.tiered;

import dev.millrace.model.ErrorCode;
import dev.millrace.model.MillraceException;
import dev.millrace.storage.memory.CellIndex;
import dev.millrace.storage.segment.DamageException;
import dev.millrace.storage.segment.IndexBlocks;
import org.jspecify.annotations.Nullable;

/** The index that readers use now, replaced as a whole when it grows. Each is another, whatever its content. */
final class View {
    private final CellIndex index;
    private final @Nullable IndexBlocks unchecked;
    /** While the index is on its way to a larger one. Guarded by the table's lock. */
    private @Nullable IndexCopy copy;

    /** @param unchecked while the index is a mapped file whose blocks have not all been compared with their checksums */
    View(CellIndex index, @Nullable IndexBlocks unchecked) {
        this.index = index;
        this.unchecked = unchecked;
    }

    CellIndex index() {
        return index;
    }

    boolean isChecked() {
        return unchecked == null;
    }

    /** The position of the key's cell, or of the empty one that ends its search. */
    long find(long key) {
        return unchecked == null ? index.find(key, index.home(key)) : findChecked(unchecked, key);
    }

    private long findChecked(IndexBlocks blocks, long key) {
        try {
            return blocks.find(index, key);
        } catch (DamageException e) {
            throw damaged(e);
        }
    }

    /** Compares what nobody has looked at yet with its checksums. */
    void verifyAll() {
        try {
            if (unchecked != null) {
                unchecked.verifyAll();
            }
        } catch (DamageException e) {
            throw damaged(e);
        }
    }

    /** Gives the key at a position another entry. The caller has the table's lock. */
    void set(long position, long key, long entry) {
        index.set(position, key, entry);
        if (copy != null) {
            copy.follow(position, key, entry);
        }
    }

    /**
     * Copies a part of the index into one with more room; the first call begins it. The caller has the table's lock.
     *
     * @return the view of the larger index once all is copied, this one until then
     */
    View grow(long rows, long cells) {
        IndexCopy current = copy;
        if (current == null) {
            verifyAll();
            current = new IndexCopy(index, rows);
            copy = current;
        }
        return current.advance(cells) ? new View(current.to(), null) : this;
    }

    /** Whether it is on its way to a larger one. */
    boolean isGrowing() {
        return copy != null;
    }

    /** The same entries in another index that has room for as many rows and half as many again. */
    View enlarged(long rows) {
        verifyAll();
        CellIndex next = CellIndex.sizedFor((unchecked == null ? rows : Math.max(rows, liveRows())) * 3 / 2 + 4);
        for (long position = index.start(); position < index.end(); position += CellIndex.CELL_BYTES) {
            long entry = index.entry(position);
            if (CellIndex.place(entry) >= 0) {
                long key = index.key(position);
                next.set(next.find(key, next.home(key)), key, entry);
            }
        }
        return new View(next, null);
    }

    /** Counted, since what a file says of itself may be wrong where its checksum is right. */
    private long liveRows() {
        long live = 0;
        for (long position = index.start(); position < index.end(); position += CellIndex.CELL_BYTES) {
            live += CellIndex.place(index.entry(position)) >= 0 ? 1 : 0;
        }
        return live;
    }

    private static MillraceException damaged(DamageException e) {
        return new MillraceException(
                ErrorCode.STORAGE_FAILED,
                e.getMessage() + "; start again, which makes the index anew from the segments",
                e);
    }
}
