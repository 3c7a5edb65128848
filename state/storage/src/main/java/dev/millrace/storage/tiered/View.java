package dev.millrace.storage.tiered;

import dev.millrace.model.ErrorCode;
import dev.millrace.model.MillraceException;
import dev.millrace.storage.memory.CellIndex;
import dev.millrace.storage.segment.DamageException;
import dev.millrace.storage.segment.IndexBlocks;
import org.jspecify.annotations.Nullable;

import java.util.ArrayList;
import java.util.List;
import java.util.function.LongConsumer;

/**
 * The index that readers use now, replaced as a whole when it grows. Each is another, whatever its content.
 *
 * <p>After a start it is not settled: the index is a mapped file, and {@link Delta}s hide those of its cells that the log changed
 * afterwards. A key's cell is then the one in the newest delta that has the key, else the one in the index; readers and writers
 * use it alike, wherever it lies. New keys go to the index. Growing copies all into one index, which is settled.
 */
final class View {
    private final CellIndex index;
    private final @Nullable IndexBlocks unchecked;
    /** From the newest to the oldest. */
    private final List<Delta> deltas;

    private final boolean settled;
    /** While the index is on its way to a larger one. Guarded by the table's lock. */
    private @Nullable IndexCopy copy;

    /** One that is settled. */
    View(CellIndex index) {
        this(index, null, List.of());
    }

    /**
     * @param unchecked while the index is a mapped file whose blocks have not all been compared with their checksums
     * @param deltas from the newest to the oldest
     */
    View(CellIndex index, @Nullable IndexBlocks unchecked, List<Delta> deltas) {
        this.index = index;
        this.unchecked = unchecked;
        this.deltas = List.copyOf(deltas);
        this.settled = unchecked == null && deltas.isEmpty();
    }

    CellIndex index() {
        return index;
    }

    @Nullable
    IndexBlocks unchecked() {
        return unchecked;
    }

    List<Delta> deltas() {
        return deltas;
    }

    /** Whether all cells lie in the index, and nothing is left to be compared with a checksum. */
    boolean isSettled() {
        return settled;
    }

    /** The position of the key's cell, or of the empty one that ends its search. */
    long find(long key) {
        return settled ? index.find(key, index.home(key)) : findUnsettled(key);
    }

    private long findUnsettled(long key) {
        try {
            for (Delta delta : deltas) {
                long position = delta.find(key);
                if (delta.index().entry(position) != CellIndex.EMPTY) {
                    return position;
                }
            }
            return unchecked == null ? index.find(key, index.home(key)) : unchecked.find(index, key);
        } catch (DamageException e) {
            throw damaged(e);
        }
    }

    /** Where cells lie: in the index, and in what hides some of them. */
    List<CellIndex> cells() {
        List<CellIndex> all = new ArrayList<>();
        all.add(index);
        deltas.forEach(delta -> all.add(delta.index()));
        return all;
    }

    /**
     * Shows the entries of all rows that segments count as wanted: those of keys, and those which the log that was replayed hides. Those in
     * damaged blocks, or behind them, are left out.
     *
     * @throws MillraceException {@code STORAGE_FAILED} when all are shown, where some were left out
     */
    void visitCounted(LongConsumer entries) {
        DamageException met = visitCounted(index, unchecked, deltas, entries);
        for (int i = 0; i < deltas.size(); i++) {
            Delta delta = deltas.get(i);
            DamageException here = visitCounted(delta.index(), delta.unchecked(), deltas.subList(0, i), entries);
            met = met == null ? here : met;
        }
        if (met != null) {
            throw damaged(met);
        }
    }

    /** @return the first damage that was met */
    private static @Nullable DamageException visitCounted(
            CellIndex cells, @Nullable IndexBlocks blocks, List<Delta> newer, LongConsumer entries) {
        DamageException met = null;
        for (long from = cells.start(); from < cells.end(); from += IndexBlocks.BYTES) {
            long end = Math.min(cells.end(), from + IndexBlocks.BYTES);
            DamageException here = visitBlock(cells, from, end, blocks, newer, entries);
            met = met == null ? here : met;
        }
        return met;
    }

    private static @Nullable DamageException visitBlock(
            CellIndex cells,
            long from,
            long end,
            @Nullable IndexBlocks blocks,
            List<Delta> newer,
            LongConsumer entries) {
        DamageException met = null;
        try {
            if (blocks != null) {
                blocks.verify(cells, from);
            }
        } catch (DamageException e) {
            return e;
        }
        for (long position = from; position < end; position += CellIndex.CELL_BYTES) {
            try {
                long entry = cells.entry(position);
                if (CellIndex.place(entry) >= 0 && !isReplaced(cells.key(position), newer)) {
                    entries.accept(entry);
                }
            } catch (DamageException e) {
                // Where one key's search ends in a delta's damage, another's may not.
                met = met == null ? e : met;
            }
        }
        return met;
    }

    /** What a delta of a checkpoint replaced, has been counted. */
    private static boolean isReplaced(long key, List<Delta> newer) throws DamageException {
        for (Delta delta : newer) {
            if (!delta.replayed() && delta.index().entry(delta.find(key)) != CellIndex.EMPTY) {
                return true;
            }
        }
        return false;
    }

    /** Whether the block of a cell has been compared with its checksum; until then nobody has used it. */
    boolean isVerified(CellIndex cells, long position) {
        IndexBlocks blocks = unchecked;
        for (Delta delta : deltas) {
            blocks = isSame(delta.index(), cells) ? delta.unchecked() : blocks;
        }
        return blocks == null || blocks.isVerified(cells, position);
    }

    @SuppressWarnings("ReferenceEquality") // An index has no value; each is another.
    private static boolean isSame(CellIndex one, CellIndex other) {
        return one == other;
    }

    /** Compares what nobody has looked at yet with its checksums. */
    void verifyAll() {
        try {
            if (unchecked != null) {
                unchecked.verifyAll();
            }
            for (Delta delta : deltas) {
                if (delta.unchecked() != null) {
                    delta.unchecked().verifyAll();
                }
            }
        } catch (DamageException e) {
            throw damaged(e);
        }
    }

    /** Compares some of what nobody has looked at yet with its checksums. @return whether some is left */
    boolean verifySome() {
        try {
            if (unchecked != null && unchecked.verifySome()) {
                return true;
            }
            for (Delta delta : deltas) {
                if (delta.unchecked() != null && delta.unchecked().verifySome()) {
                    return true;
                }
            }
            return false;
        } catch (DamageException e) {
            throw damaged(e);
        }
    }

    /** Gives the key at a position another entry. The caller has the table's lock. */
    void set(long position, long key, long entry) {
        long before = index.entry(position);
        index.set(position, key, entry);
        if (copy != null) {
            copy.follow(position, key, before, entry);
        }
    }

    /**
     * Copies a part of the index, and of what hides its cells, into one with more room; the first call begins it. The caller has the
     * table's lock.
     *
     * @param rows how many there are at most
     * @param superseded sees the rows that deltas hide
     * @return the view of the larger index once all is copied, this one until then
     */
    View grow(long rows, long cells, IndexCopy.Superseded superseded) {
        IndexCopy current = copy;
        if (current == null) {
            verifyAll();
            current = new IndexCopy(index, deltas.reversed(), rows);
            copy = current;
        }
        return current.advance(cells, superseded) ? new View(current.to()) : this;
    }

    /** Whether it is on its way to a larger one. */
    boolean isGrowing() {
        return copy != null;
    }

    /** Whether the next write is to copy a part. One that is not settled is copied by the store, if there is room until then. */
    boolean needsRoom() {
        return copy != null || (settled ? index.isCrowded() : index.isBrimming());
    }

    /** Whether the next key must wait until it has grown. Before it is settled, longer searches are better than that. */
    boolean mustGrow() {
        return settled ? index.isFull() : index.isBrimming() || (copy != null && copy.isTight());
    }

    /** The same rows in another index that has room for as many and half as many again. Only of one that is settled. */
    View enlarged(long rows) {
        CellIndex next = CellIndex.sizedFor(rows * 3 / 2 + 4);
        for (long position = index.start(); position < index.end(); position += CellIndex.CELL_BYTES) {
            long entry = index.entry(position);
            if (CellIndex.place(entry) >= 0) {
                long key = index.key(position);
                next.set(next.find(key, next.home(key)), key, entry);
            }
        }
        return new View(next);
    }

    private static MillraceException damaged(DamageException e) {
        return new MillraceException(
                ErrorCode.STORAGE_FAILED,
                e.getMessage() + "; start again, which makes the index anew from the segments",
                e);
    }
}
