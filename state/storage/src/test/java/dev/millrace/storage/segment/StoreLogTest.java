package dev.millrace.storage.segment;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.millrace.storage.disk.Disk;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

import java.io.IOException;
import java.lang.foreign.MemorySegment;
import java.lang.management.BufferPoolMXBean;
import java.lang.management.ManagementFactory;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;

/** When the log hands records to the disk, and in which shape. */
class StoreLogTest {
    private static final StoreLogConfig PATIENT =
            new StoreLogConfig(16 << 20, 8 << 20, Duration.ofHours(1), Duration.ofSeconds(60));
    private static final MemorySegment VALUE = MemorySegment.ofArray(new byte[256]);

    @TempDir
    private Path directory;

    @Test
    void awaitDurable_longBeforeTheDelayIsOver_doesNotWaitForIt() {
        try (StoreLog log = open()) {
            long place = log.append(1, 9, 0, VALUE, 0, 256);
            log.awaitDurable(log.position());
            assertTrue(log.isWritten(place));
        }
    }

    /** What nobody waits for yet is on its way, though not confirmed. */
    @Test
    @Timeout(60)
    void append_ofMuch_isWrittenWhileTheGroupStillFills() throws IOException {
        try (StoreLog log = open()) {
            append(log, 2_000);
            Path file = directory.resolve(Segments.fileName(1, SegmentKind.LOG));
            while (!Files.exists(file) || Files.size(file) < 2 * SegmentFormat.PAGE_BYTES) {
                Thread.onSpinWait();
            }
            assertTrue(Files.size(file) < log.end().bytes());
        }
        assertEquals(2_000, records());
    }

    @Test
    void group_ofManyPages_endsWithAWholeOne() throws IOException {
        try (StoreLog log = open()) {
            append(log, 1_001);
            log.awaitDurable(log.position());
            assertEquals(0, log.end().bytes() % SegmentFormat.PAGE_BYTES);
            append(log, 1);
            log.awaitDurable(log.position());
            assertTrue(log.end().bytes() % SegmentFormat.PAGE_BYTES > 0);
            append(log, 1_001);
        }
        assertEquals(2_003, records());
    }

    /** A server that was closed may stay referenced, by a cache of routes for one; 16 MB each would end a process that opens many. */
    @Test
    @Timeout(60)
    void close_ofALogThatStaysReferenced_givesItsBuffersBack() {
        List<StoreLog> closed = new ArrayList<>();
        long before = directBytes();
        for (int i = 0; i < 4; i++) {
            try (StoreLog log = open()) {
                append(log, 1);
                closed.add(log);
            }
        }
        for (int tries = 0; directBytes() - before > (16 << 20) && tries < 50; tries++) {
            System.gc();
        }
        assertTrue(directBytes() - before <= (16 << 20), "closed logs keep " + (directBytes() - before) + " bytes");
        for (StoreLog log : closed) {
            assertTrue(log.end().bytes() > 0);
        }
    }

    private static long directBytes() {
        return ManagementFactory.getPlatformMXBeans(BufferPoolMXBean.class).stream()
                .filter(pool -> pool.getName().equals("direct"))
                .mapToLong(BufferPoolMXBean::getMemoryUsed)
                .sum();
    }

    private StoreLog open() {
        return new StoreLog(new Segments(directory), Disk.local(), PATIENT, 1, new LogEnd(0, 0), 1);
    }

    private static void append(StoreLog log, int rows) {
        for (int key = 0; key < rows; key++) {
            long ignored = log.append(1, key, 0, VALUE, 0, 256);
        }
    }

    private int records() throws IOException {
        int records = 0;
        StoredRow row = new StoredRow();
        try (SegmentScan scan = new SegmentScan(
                directory.resolve(Segments.fileName(1, SegmentKind.LOG)),
                0,
                SegmentFormat.HEADER_BYTES,
                Long.MAX_VALUE)) {
            while (scan.next(row)) {
                records += scan.isMark() ? 0 : 1;
            }
        }
        return records;
    }
}
