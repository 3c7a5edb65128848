package dev.millrace.storage.segment;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.millrace.kernels.RawMemory;
import dev.millrace.storage.disk.Disk;
import dev.millrace.testkit.Seed;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

import java.io.IOException;
import java.io.RandomAccessFile;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Random;

/** Segments of several parts, read row by row and many rows at once, past the system's cache and through it. */
class SegmentScanTest {
    private static final int LONGEST = 300_000;

    @TempDir
    private Path directory;

    private final List<byte[]> values = new ArrayList<>();

    /** What is read next. */
    private int next;

    @Test
    void segment_howeverItIsRead_hasEveryRowInItsOrder() throws IOException {
        Random random = Seed.random("segment_howeverItIsRead");
        for (int largest : new int[] {256, 3000, 9000, LONGEST}) {
            Segment segment = write(random, largest);
            long end = segment.written();
            readOneByOne(new SegmentScan(segment.path(), 0, SegmentFormat.HEADER_BYTES, end));
            readOneByOne(SegmentScan.ofEnd(segment.path(), 0, SegmentFormat.HEADER_BYTES, end));
            readMany(new SegmentScan(segment.path(), 0, SegmentFormat.HEADER_BYTES, end));
            readMany(SegmentScan.ofEnd(segment.path(), 0, SegmentFormat.HEADER_BYTES, end));
        }
    }

    @Test
    void segment_withDamageInIt_givesManyRowsUpToTheDamageAndThoseBehindIt() throws IOException {
        Segment segment = write(Seed.random("segment_withDamageInIt"), 3000);
        long at = segment.written() / 2;
        try (RandomAccessFile file = new RandomAccessFile(segment.path().toFile(), "rw")) {
            file.seek(at);
            int was = file.read();
            file.seek(at);
            file.write(was ^ 16);
        }
        try (SegmentScan one = new SegmentScan(segment.path(), 0, SegmentFormat.HEADER_BYTES, segment.written());
                SegmentScan many = new SegmentScan(segment.path(), 0, SegmentFormat.HEADER_BYTES, segment.written())) {
            List<Long> expected = new ArrayList<>();
            DamageException damage = readToDamage(() -> one.next(rows(1)[0]) ? 1 : 0, expected, one);
            List<Long> found = new ArrayList<>();
            assertEquals(
                    damage.offset(),
                    readToDamage(() -> many.next(rows(64)), found, many).offset());
            assertTrue(damage.offset() <= at && damage.offset() > at - 4096);
            assertEquals(expected.size(), found.size());
            one.skipDamage();
            many.skipDamage();
            StoredRow row = new StoredRow();
            StoredRow[] rows = rows(1);
            while (one.next(row)) {
                assertEquals(1, many.next(rows));
                assertEquals(row.key, rows[0].key);
            }
            assertEquals(0, many.next(rows));
        }
    }

    /** Reads some rows. */
    private interface Step {
        /** @return how many */
        int read() throws IOException;
    }

    private static DamageException readToDamage(Step step, List<Long> offsets, SegmentScan scan) {
        return assertThrows(DamageException.class, () -> {
            for (int count = step.read(); count > 0; count = step.read()) {
                for (int i = 0; i < count; i++) {
                    offsets.add(scan.offset());
                }
            }
        });
    }

    private static StoredRow[] rows(int count) {
        StoredRow[] rows = new StoredRow[count];
        Arrays.setAll(rows, _ -> new StoredRow());
        return rows;
    }

    /** 13 MB: three whole parts and one that is not. */
    private Segment write(Random random, int largest) throws IOException {
        values.clear();
        Segments segments = new Segments(directory);
        segments.skipNumber(largest);
        try (PackWriter writer = new PackWriter(segments, Disk.local(), 7);
                Arena arena = Arena.ofConfined()) {
            MemorySegment memory = arena.allocate(LONGEST, 8);
            StoredRow row = new StoredRow();
            row.address = memory.address();
            for (long bytes = 0; bytes < 13 << 20; bytes += row.length) {
                byte[] value = new byte[largest == 256 ? 256 : random.nextInt(largest)];
                random.nextBytes(value);
                MemorySegment.copy(value, 0, memory, ValueLayout.JAVA_BYTE, 0, value.length);
                row.key = values.size();
                row.sequence = values.size() + 1L;
                row.table = 3;
                row.length = value.length;
                values.add(value);
                long ignored = writer.append(row);
            }
            writer.finish();
            return writer.segment();
        }
    }

    private void readOneByOne(SegmentScan opened) throws IOException {
        next = 0;
        try (SegmentScan scan = opened) {
            StoredRow row = new StoredRow();
            while (scan.next(row)) {
                requireNext(row);
            }
        }
        assertEquals(values.size(), next);
    }

    private void readMany(SegmentScan opened) throws IOException {
        next = 0;
        try (SegmentScan scan = opened) {
            StoredRow[] rows = rows(100);
            for (int count = scan.next(rows); count > 0; count = scan.next(rows)) {
                for (int i = 0; i < count; i++) {
                    requireNext(rows[i]);
                }
            }
        }
        assertEquals(values.size(), next);
    }

    private void requireNext(StoredRow row) {
        assertEquals(next, row.key);
        assertEquals(next + 1L, row.sequence);
        assertEquals(3, row.table);
        assertArrayEquals(
                values.get(next), RawMemory.view(row.address, row.length).toArray(ValueLayout.JAVA_BYTE));
        next++;
    }
}
