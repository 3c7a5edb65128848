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

    /** The same entries in another index that has room for as many rows and half as many again. */
    View enlarged(long rows) {
        verifyAll();
        CellIndex next = CellIndex.sizedFor(rows + rows / 2 + 4);
        for (long position = index.start(); position < index.end(); position += CellIndex.CELL_BYTES) {
            long entry = index.entry(position);
            if (CellIndex.place(entry) >= 0) {
                long key = index.key(position);
                next.set(next.find(key, next.home(key)), key, entry);
            }
        }
        return new View(next, null);
    }

    private static MillraceException damaged(DamageException e) {
        return new MillraceException(
                ErrorCode.STORAGE_FAILED,
                e.getMessage() + "; start again, which makes the index anew from the segments",
                e);
    }
}
