package dev.millrace.storage.segment;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.millrace.kernels.DirectFile;
import dev.millrace.storage.disk.PlainMappingDisk;
import dev.millrace.storage.disk.SharedFile;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

import java.io.IOException;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.channels.ClosedChannelException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicReference;

/** A segment's file is closed while somebody reads from it, and the system gives its number to another file. */
class SegmentReadingTest {
    private static final int PAGE = 4096;
    private static final byte OURS = 1;
    private static final byte OTHERS = 2;

    @TempDir
    private Path directory;

    private Path other;

    @BeforeEach
    void makeFiles() throws IOException {
        write(directory.resolve(Segments.fileName(1, SegmentKind.PACKED)), OURS);
        other = directory.resolve("other");
        write(other, OTHERS);
    }

    private static void write(Path file, byte content) throws IOException {
        byte[] page = new byte[PAGE];
        Arrays.fill(page, content);
        Files.write(file, page);
    }

    @Test
    void file_closedByItsSegment_isReadByWhoHasEntered() throws IOException {
        Segment segment = new Segment(0, 1, SegmentKind.PACKED, directory);
        SharedFile reading = segment.enter();
        segment.close();
        // It gets the number that has just become free, if it has.
        DirectFile opened = DirectFile.open(other);
        try (Arena arena = Arena.ofConfined()) {
            MemorySegment page = arena.allocate(PAGE, PAGE);
            assertEquals(PAGE, reading.read(page.address(), 0, PAGE, 0));
            assertEquals(OURS, page.get(ValueLayout.JAVA_BYTE, 0));
        } finally {
            reading.leave();
            opened.close();
        }
    }

    @Test
    void mapping_closedByItsSegment_isReadByWhoHasEnteredAndGoesWithTheLast() throws IOException {
        PlainMappingDisk device = new PlainMappingDisk();
        Segments segments = new Segments(directory);
        Segment segment = segments.adopt(1, SegmentKind.PACKED);
        segments.readByLoads(device);
        assertTrue(segments.areReadByLoads());
        SharedFile first = segment.enter();
        SharedFile second = segment.enter();
        assertNull(first.direct());
        segments.remove(segment, device);
        try (Arena arena = Arena.ofConfined()) {
            MemorySegment page = arena.allocate(PAGE, PAGE);
            first.leave();
            assertEquals(200, second.read(page.address(), 100, 200, 0));
            assertEquals(0, page.get(ValueLayout.JAVA_BYTE, 99));
            assertEquals(OURS, page.get(ValueLayout.JAVA_BYTE, 100));
            assertEquals(OURS, page.get(ValueLayout.JAVA_BYTE, 199));
            assertEquals(0, page.get(ValueLayout.JAVA_BYTE, 200));
            assertEquals(PAGE, second.read(page.address(), 0, 2 * PAGE, 0), "no further than the file");
            assertEquals(0, second.read(page.address(), 0, PAGE, PAGE));
            assertEquals(1, device.alive());
            second.leave();
        }
        assertEquals(0, device.alive());
        assertThrows(ClosedChannelException.class, segment::enter);
    }

    @Test
    void segment_thatCannotBeMapped_isReadAsOtherFilesAre() throws IOException {
        PlainMappingDisk device = new PlainMappingDisk();
        Segments segments = new Segments(directory);
        Segment segment = segments.adopt(1, SegmentKind.PACKED);
        segments.readByLoads(device);
        device.refuseFiles();
        try (Arena arena = Arena.ofConfined()) {
            assertEquals(1, read(segment, arena.allocate(PAGE, PAGE)));
        }
        assertEquals(0, device.alive());
        segments.close();
    }

    @Test
    void reads_whileSegmentsAreClosed_areOfTheirFilesOrNone() throws Exception {
        AtomicReference<Segment> current = new AtomicReference<>(new Segment(0, 1, SegmentKind.PACKED, directory));
        AtomicReference<@Nullable Throwable> failure = new AtomicReference<>();
        AtomicInteger whole = new AtomicInteger();
        Thread reader = Thread.ofPlatform().start(() -> {
            try (Arena arena = Arena.ofConfined()) {
                MemorySegment page = arena.allocate(PAGE, PAGE);
                while (!Thread.currentThread().isInterrupted()) {
                    whole.addAndGet(read(current.get(), page));
                }
            } catch (Throwable e) {
                failure.set(e);
            }
        });
        for (int round = 0; round < 20_000 && failure.get() == null; round++) {
            Segment before = current.getAndSet(new Segment(0, 1, SegmentKind.PACKED, directory));
            before.close();
            // The next file that is opened gets the number that has just become free.
            DirectFile.open(other).close();
        }
        reader.interrupt();
        reader.join();
        assertNull(failure.get(), () -> String.valueOf(failure.get()));
        assertTrue(whole.get() > 100, whole + " reads");
    }

    /** @return 1 where the page was read, 0 where the segment was closed */
    private static int read(Segment segment, MemorySegment page) throws IOException {
        try {
            int count = segment.read(page.address(), 0, PAGE, 0);
            assertEquals(PAGE, count);
            assertEquals(OURS, page.get(ValueLayout.JAVA_BYTE, PAGE / 2));
            return 1;
        } catch (ClosedChannelException e) {
            return 0;
        }
    }
}
