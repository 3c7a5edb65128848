package dev.millrace.storage.tiered;

import dev.millrace.storage.memory.CellIndex;
import dev.millrace.storage.segment.DamageException;
import dev.millrace.storage.segment.IndexBlocks;
import org.jspecify.annotations.Nullable;

/**
 * What the log changed in a table's index after the index file was written: a cell for each key that was written or removed. It hides
 * the key's cell in the index until both are settled in one.
 *
 * @param unchecked while it is a mapped file whose blocks have not all been compared with their checksums
 * @param replayed whether it comes from the log that was replayed, and not from a checkpoint, which has counted what its deltas replaced
 */
record Delta(CellIndex index, @Nullable IndexBlocks unchecked, boolean replayed) {
    /** The position of the key's cell, or of an empty one where the key has none here. */
    long find(long key) throws DamageException {
        return unchecked == null ? index.find(key, index.home(key)) : unchecked.find(index, key);
    }
}
