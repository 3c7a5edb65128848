package dev.millrace.storage.segment;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertSame;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.stream.Stream;

/** Batches that are read by threads of which one fails, or cannot be had. */
class RecordBatchTest {
    private static final Path OPEN_FILES = Path.of("/proc/self/fd");
    private static final int RECORDS = 4;

    @TempDir
    private Path directory;

    private final long[] places = new long[RECORDS];

    @SuppressWarnings("NullAway.Init") // made before each test
    private Segments segments;

    @BeforeEach
    void makeSegment() throws IOException {
        Files.write(
                directory.resolve(Segments.fileName(1, SegmentKind.PACKED)),
                new byte[2 * RECORDS * SegmentFormat.PAGE_BYTES]);
        segments = new Segments(directory);
        int slot = segments.adopt(1, SegmentKind.PACKED).slot();
        for (int i = 0; i < RECORDS; i++) {
            // Not side by side: each is a read of its own.
            places[i] = SegmentFormat.place(slot, 2L * i * SegmentFormat.PAGE_BYTES);
        }
    }

    @AfterEach
    void closeSegment() throws IOException {
        segments.close();
    }

    /** Some may read into its memory for as long as they like. */
    @Test
    void batch_ofWhichNotAllThreadsWereHad_isNotToBeUsedAgain() throws IOException {
        IllegalStateException refusal = new IllegalStateException("no more threads");
        RecordBatch batch = RecordBatch.byThreads(segments, (count, work) -> {
            throw refusal;
        });
        assertSame(refusal, assertThrows(IllegalStateException.class, () -> batch.begin(places, RECORDS)));
        assertFalse(batch.settle());
        requireFilesLeft();
    }

    /** All of it has ended then. */
    @Test
    void batch_ofWhichAReadThrows_saysSoOnceAndIsUsedAgain() throws IOException {
        IllegalStateException failure = new IllegalStateException("a read failed");
        boolean[] fails = {true};
        RecordBatch batch = RecordBatch.byThreads(segments, (count, work) -> () -> {
            for (int i = 0; i < count; i++) {
                work.accept(i);
            }
            if (fails[0]) {
                throw failure;
            }
        });
        batch.begin(places, RECORDS);
        assertSame(failure, assertThrows(IllegalStateException.class, batch::next));
        assertTrue(batch.settle());

        fails[0] = false;
        batch.begin(places, RECORDS);
        for (int i = 0; i < RECORDS; i++) {
            assertEquals(i, batch.next());
        }
        assertEquals(RecordBatch.NONE, batch.next());
        assertTrue(batch.settle());
        requireFilesLeft();
    }

    /** Those that are closed when the last that reads from them has left. */
    private void requireFilesLeft() throws IOException {
        segments.close();
        if (Files.isDirectory(OPEN_FILES)) {
            try (Stream<Path> open = Files.list(OPEN_FILES)) {
                assertEquals(0, open.filter(this::isOurs).count(), "files are open still");
            }
        }
    }

    private boolean isOurs(Path file) {
        try {
            return Files.readSymbolicLink(file).startsWith(directory);
        } catch (IOException e) {
            // It was closed meanwhile.
            return false;
        }
    }
}
