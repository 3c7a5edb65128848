package dev.millrace.storage.segment;

import dev.millrace.storage.disk.Disk;
import dev.millrace.storage.disk.DiskFile;
import dev.millrace.storage.memory.CellIndex;

import java.io.IOException;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.channels.FileChannel;
import java.nio.file.OpenOption;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.zip.CRC32C;

/**
 * A table's index on disk: the cells as they lie in memory, so that the file can be mapped and used at once, and a checksum
 * for each block, which is looked at before the block is used for the first time.
 *
 * <pre>
 *   0       8     12    16       24      32      40      48: crc of the checksums
 *   | magic | ver | crc | store  | cells | used  | rows …      | cells × 16 bytes | crc of each 64 KB of cells |
 * </pre>
 */
public final class IndexFile {
    /** What one checksum covers. */
    public static final int BLOCK_BYTES = 64 << 10;

    private static final long MAGIC = 0x53444E494C4C494DL; // "MILLINDS", first byte lowest
    private static final int VERSION = 1;
    private static final int HEADER_USED = 56;
    private static final int CHECKED_FROM = 16;
    /** A {@link CellIndex} has two cache lines at least. */
    private static final int MIN_CELL_BYTES = 128;

    private IndexFile() {}

    /** Gives the place of each entry; the writer of an index file asks it for every cell. */
    @FunctionalInterface
    public interface Places {
        /**
         * Writes cells into a buffer, keys and entries that name places in segments only.
         *
         * @param from the position of the first cell
         * @return false where the index is no longer the table's, so that the file must be begun anew
         */
        boolean copy(CellIndex index, long from, int cells, ByteBuffer into) throws IOException;
    }

    /**
     * Writes the file; it is on disk when this returns.
     *
     * @return false where the index was replaced meanwhile
     */
    public static boolean write(Path path, Disk disk, long storeId, CellIndex index, Places places) throws IOException {
        try (DiskFile file = disk.openOrCreate(path)) {
            file.truncate(0);
            int blocks = blocks(index.bytes());
            ByteBuffer checksums =
                    ByteBuffer.allocateDirect(blocks * Integer.BYTES).order(ByteOrder.LITTLE_ENDIAN);
            ByteBuffer block = ByteBuffer.allocateDirect(BLOCK_BYTES).order(ByteOrder.LITTLE_ENDIAN);
            Counts counts = new Counts();
            for (int i = 0; i < blocks; i++) {
                long from = (long) i * BLOCK_BYTES;
                int bytes = (int) Math.min(BLOCK_BYTES, index.bytes() - from);
                if (!places.copy(index, index.start() + from, bytes / CellIndex.CELL_BYTES, block.clear())) {
                    return false;
                }
                counts.add(block.flip());
                checksums.putInt(checksum(block));
                file.write(block, SegmentFormat.PAGE_BYTES + from);
            }
            file.write(checksums.flip(), SegmentFormat.PAGE_BYTES + index.bytes());
            file.write(header(storeId, index.bytes(), counts, checksum(checksums.position(0))), 0);
            file.force();
            return true;
        }
    }

    /** Writes the cells as they are; the file is on disk when this returns. */
    public static void write(Path path, Disk disk, long storeId, CellIndex index) throws IOException {
        boolean ignored = write(path, disk, storeId, index, (cells, from, count, into) -> {
            long bytes = (long) count * CellIndex.CELL_BYTES;
            ByteBuffer all = cells.cells().asSlice(from - cells.start(), bytes).asByteBuffer();
            into.put(all);
            return true;
        });
    }

    /** An index file in memory: changes stay in memory, and blocks come from disk when they are first looked at. */
    public record Mapped(CellIndex index, IndexBlocks blocks, long rows) {}

    /**
     * A copy of its pages that may be written to, and never reaches the file.
     *
     * @throws DamageException where the file is not a whole index file of that store
     */
    public static Mapped map(Path path, long storeId) throws IOException {
        return map(path, storeId, FileChannel.MapMode.PRIVATE, StandardOpenOption.READ, StandardOpenOption.WRITE);
    }

    /** As {@link #map}, also of a file that nobody may write to, and not to be written to. */
    public static Mapped mapReadOnly(Path path, long storeId) throws IOException {
        return map(path, storeId, FileChannel.MapMode.READ_ONLY, StandardOpenOption.READ);
    }

    private static Mapped map(Path path, long storeId, FileChannel.MapMode mode, OpenOption... options)
            throws IOException {
        try (FileChannel channel = FileChannel.open(path, options)) {
            String file = path.toString();
            if (channel.size() < SegmentFormat.PAGE_BYTES) {
                throw new DamageException(file, 0, "the file has " + channel.size() + " bytes, not even a header");
            }
            MemorySegment all = channel.map(mode, 0, channel.size(), Arena.ofAuto());
            ByteBuffer head =
                    all.asSlice(0, SegmentFormat.PAGE_BYTES).asByteBuffer().order(ByteOrder.LITTLE_ENDIAN);
            long cellBytes = head.getLong(24);
            if (head.getLong(0) != MAGIC || head.getInt(12) != headerChecksum(head)) {
                throw new DamageException(file, 0, "the header does not fit its checksum");
            }
            for (int at = HEADER_USED; at < SegmentFormat.PAGE_BYTES; at += Long.BYTES) {
                if (head.getLong(at) != 0) {
                    throw new DamageException(file, at, "the header page is not zero behind the header");
                }
            }
            if (head.getInt(8) != VERSION || head.getLong(16) != storeId) {
                throw new DamageException(
                        file,
                        8,
                        "version " + head.getInt(8) + " of store "
                                + Long.toHexString(head.getLong(16)) + " is not version " + VERSION + " of store "
                                + Long.toHexString(storeId));
            }
            long expected = SegmentFormat.PAGE_BYTES + cellBytes + 4L * blocks(cellBytes);
            if (cellBytes < MIN_CELL_BYTES || channel.size() != expected) {
                throw new DamageException(file, channel.size(), "the file should have " + expected + " bytes");
            }
            MemorySegment sums = all.asSlice(SegmentFormat.PAGE_BYTES + cellBytes);
            if (checksum(sums.asByteBuffer()) != head.getInt(48)) {
                throw new DamageException(file, SegmentFormat.PAGE_BYTES + cellBytes, "the checksums are damaged");
            }
            long most = cellBytes / CellIndex.CELL_BYTES;
            long used = head.getLong(32);
            long rows = head.getLong(40);
            if (Long.bitCount(cellBytes) != 1 || rows < 0 || rows > used || used >= most) {
                throw new DamageException(file, 24, rows + " rows in " + used + " of " + most + " cells are no index");
            }
            MemorySegment cells = all.asSlice(SegmentFormat.PAGE_BYTES, cellBytes);
            return new Mapped(CellIndex.over(cells, used), new IndexBlocks(file, cells, sums), rows);
        }
    }

    static int blocks(long cellBytes) {
        return Math.toIntExact((cellBytes + BLOCK_BYTES - 1) / BLOCK_BYTES);
    }

    static int checksum(ByteBuffer bytes) {
        CRC32C crc = new CRC32C();
        crc.update(bytes.duplicate());
        return (int) crc.getValue();
    }

    /** Of cells that are not empty, and of rows. */
    private static final class Counts {
        long used;
        long rows;

        void add(ByteBuffer cells) {
            for (int at = 8; at < cells.limit(); at += CellIndex.CELL_BYTES) {
                long entry = cells.getLong(at);
                used += entry == CellIndex.EMPTY ? 0 : 1;
                rows += CellIndex.place(entry) < 0 ? 0 : 1;
            }
        }
    }

    private static ByteBuffer header(long storeId, long cellBytes, Counts counts, int sumOfSums) {
        ByteBuffer page = ByteBuffer.allocateDirect(SegmentFormat.PAGE_BYTES).order(ByteOrder.LITTLE_ENDIAN);
        page.putLong(0, MAGIC).putInt(8, VERSION).putLong(16, storeId);
        page.putLong(24, cellBytes)
                .putLong(32, counts.used)
                .putLong(40, counts.rows)
                .putInt(48, sumOfSums);
        page.putInt(12, headerChecksum(page));
        return page;
    }

    private static int headerChecksum(ByteBuffer page) {
        CRC32C crc = new CRC32C();
        crc.update(page.duplicate().limit(12).position(0));
        crc.update(page.duplicate().limit(HEADER_USED).position(CHECKED_FROM));
        return (int) crc.getValue();
    }
}
