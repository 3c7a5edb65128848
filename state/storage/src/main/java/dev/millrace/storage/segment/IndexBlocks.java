package dev.millrace.storage.segment;

import dev.millrace.storage.memory.CellIndex;

import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.ByteOrder;

/**
 * Which blocks of a mapped index have been compared with their checksums. Thread-safe.
 *
 * <p>Everybody looks before using a block, writers before they change it; so a block is compared while it is as it was
 * written, and once.
 */
public final class IndexBlocks {
    /** What one checksum covers, counted from the first cell; the last block may be shorter. */
    public static final int BYTES = IndexFile.BLOCK_BYTES;

    private static final ValueLayout.OfInt INT = ValueLayout.JAVA_INT_UNALIGNED.withOrder(ByteOrder.LITTLE_ENDIAN);
    private static final int CELLS_BEFORE = SegmentFormat.PAGE_BYTES;
    /** 16 MB: some milliseconds. */
    private static final int BLOCKS_AT_ONCE = 256;

    private static final byte WHOLE = 1;
    /** It stays so: whoever comes to it for each of its cells need not compare all of it each time. */
    private static final byte DAMAGED = 2;

    private final String file;
    private final MemorySegment cells;
    private final MemorySegment checksums;
    /** Of each block: not looked at, {@link #WHOLE} or {@link #DAMAGED}. */
    private final byte[] verified;

    /** Where {@link #verifySome} goes on. */
    private int reached;

    IndexBlocks(String file, MemorySegment cells, MemorySegment checksums) {
        this.file = file;
        this.cells = cells;
        this.checksums = checksums;
        this.verified = new byte[IndexFile.blocks(cells.byteSize())];
    }

    /** {@link CellIndex#find} that looks at the checksum of each block it comes to. */
    public long find(CellIndex index, long key) throws DamageException {
        long home = index.home(key);
        long position = home;
        int block = -1;
        do {
            int here = (int) ((position - index.start()) / IndexFile.BLOCK_BYTES);
            if (here != block) {
                verify(here);
                block = here;
            }
            if (index.entry(position) == CellIndex.EMPTY || index.key(position) == key) {
                return position;
            }
            position += CellIndex.CELL_BYTES;
            position = position == index.end() ? index.start() : position;
        } while (position != home);
        throw new DamageException(file, CELLS_BEFORE, "the index has no empty cell, at which a search would end");
    }

    /** Compares the block of a cell, unless somebody has. */
    public void verify(CellIndex index, long position) throws DamageException {
        verify((int) ((position - index.start()) / IndexFile.BLOCK_BYTES));
    }

    /** Compares all blocks that nobody has looked at. */
    public void verifyAll() throws DamageException {
        for (int block = 0; block < verified.length; block++) {
            verify(block);
        }
    }

    /**
     * Compares some more blocks, from the first to the last.
     *
     * @return whether some are left
     */
    public synchronized boolean verifySome() throws DamageException {
        int end = Math.min(verified.length, reached + BLOCKS_AT_ONCE);
        for (int block = reached; block < end; block++) {
            verify(block);
        }
        reached = end;
        return end < verified.length;
    }

    /** Whether the block of that cell has been compared; until then nobody has used it. */
    public synchronized boolean isVerified(CellIndex index, long position) {
        return verified[(int) ((position - index.start()) / IndexFile.BLOCK_BYTES)] == WHOLE;
    }

    // Seeing an old 0 only leads into the lock, where the newest value is seen.
    private void verify(int block) throws DamageException {
        if (verified[block] != WHOLE) {
            compare(block);
        }
    }

    private synchronized void compare(int block) throws DamageException {
        if (verified[block] == WHOLE) {
            return;
        }
        long from = (long) block * IndexFile.BLOCK_BYTES;
        if (verified[block] == DAMAGED || !isWhole(block, from)) {
            verified[block] = DAMAGED;
            throw new DamageException(file, CELLS_BEFORE + from, "a block of the index does not fit its checksum");
        }
        verified[block] = WHOLE;
    }

    private boolean isWhole(int block, long from) {
        long bytes = Math.min(IndexFile.BLOCK_BYTES, cells.byteSize() - from);
        return IndexFile.checksum(cells.asSlice(from, bytes).asByteBuffer()) == checksums.get(INT, 4L * block);
    }
}
