package dev.millrace.storage.segment;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.millrace.storage.memory.CellIndex;
import org.junit.jupiter.api.Test;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.ByteOrder;

/** Blocks of an index that are not what was written. */
class IndexBlocksTest {
    private static final int BLOCKS = 4;
    private static final ValueLayout.OfInt INT = ValueLayout.JAVA_INT_UNALIGNED.withOrder(ByteOrder.LITTLE_ENDIAN);

    private final MemorySegment cells = Arena.ofAuto().allocate((long) BLOCKS * IndexBlocks.BYTES, 64);
    private final MemorySegment checksums = Arena.ofAuto().allocate((long) BLOCKS * Integer.BYTES);
    private final CellIndex index = CellIndex.over(cells, 0);

    /** A table of damaged blocks has some thousand cells in each, for which nobody compares the block again. */
    @Test
    void block_foundDamaged_isNotComparedAgain() throws DamageException {
        for (int block = 0; block < BLOCKS; block++) {
            MemorySegment content = cells.asSlice((long) block * IndexBlocks.BYTES, IndexBlocks.BYTES);
            checksums.set(INT, 4L * block, IndexFile.checksum(content.asByteBuffer()));
        }
        IndexBlocks blocks = new IndexBlocks("index", cells, checksums);
        long damaged = IndexBlocks.BYTES + 99;
        cells.set(ValueLayout.JAVA_BYTE, damaged, (byte) 1);
        blocks.verify(index, index.start());
        requireDamaged(blocks);
        // With its old content, only a block that was compared again would be whole.
        cells.set(ValueLayout.JAVA_BYTE, damaged, (byte) 0);
        requireDamaged(blocks);
        blocks.verify(index, index.start() + 2L * IndexBlocks.BYTES);
        assertTrue(blocks.isVerified(index, index.start()));
        assertFalse(blocks.isVerified(index, index.start() + IndexBlocks.BYTES));
        assertTrue(blocks.isVerified(index, index.start() + 2L * IndexBlocks.BYTES));
    }

    private void requireDamaged(IndexBlocks blocks) {
        DamageException met =
                assertThrows(DamageException.class, () -> blocks.verify(index, index.start() + IndexBlocks.BYTES + 16));
        assertEquals(SegmentFormat.PAGE_BYTES + IndexBlocks.BYTES, met.offset());
        assertThrows(DamageException.class, blocks::verifyAll);
    }
}
