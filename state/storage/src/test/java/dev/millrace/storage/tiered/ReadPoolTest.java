package dev.millrace.storage.tiered;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import dev.millrace.storage.segment.RecordBatch;
import dev.millrace.storage.segment.SegmentFormat;
import dev.millrace.storage.segment.SegmentKind;
import dev.millrace.storage.segment.Segments;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.BitSet;
import java.util.Objects;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.ThreadPoolExecutor;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicIntegerArray;
import java.util.function.Supplier;

/** Batches of a pool that gets no more threads, or is closed while they are on their way. */
class ReadPoolTest {
    private static final int RECORDS = 9;

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
        assertEquals(0, segments.adopt(1, SegmentKind.PACKED).slot());
        // Of the first slot, every other page: each is a read of its own.
        Arrays.setAll(places, i -> 2L * i * SegmentFormat.PAGE_BYTES / SegmentFormat.UNIT_BYTES);
    }

    @AfterEach
    void closeSegment() throws IOException {
        segments.close();
    }

    /** As a system does that has no thread to give any more. */
    private static final class OneTask extends ThreadPoolExecutor {
        private final Supplier<Throwable> refusal;
        private boolean given;

        OneTask(Supplier<Throwable> refusal) {
            super(1, 1, 0, TimeUnit.SECONDS, new LinkedBlockingQueue<>());
            this.refusal = refusal;
        }

        @Override
        public synchronized void execute(Runnable task) {
            if (!given) {
                given = true;
                super.execute(task);
                return;
            }
            switch (refusal.get()) {
                case RuntimeException e -> throw e;
                case Error e -> throw e;
                case Throwable e -> throw new AssertionError(e);
            }
        }
    }

    @Test
    void batch_forWhichNoMoreThreadsCanBeStarted_isReadByThoseThatCould() throws IOException {
        requireWholeBatches(() -> new OutOfMemoryError("unable to create native thread"));
    }

    @Test
    void batch_begunWhileThePoolCloses_isReadByWhoAwaitsIt() throws IOException {
        requireWholeBatches(() -> new RejectedExecutionException("closed"));
    }

    private void requireWholeBatches(Supplier<Throwable> refusal) throws IOException {
        System.setProperty(ReadPool.BY_THREADS, "true");
        try (ReadPool pool = new ReadPool(segments, false, new OneTask(refusal))) {
            for (int round = 0; round < 2; round++) {
                RecordBatch batch = Objects.requireNonNull(pool.takeBatch());
                batch.begin(places, RECORDS);
                assertEquals(RECORDS, batch.reads());
                BitSet come = new BitSet();
                for (int n = batch.next(); n != RecordBatch.NONE; n = batch.next()) {
                    come.set(n);
                }
                assertEquals(RECORDS, come.cardinality());
                pool.giveBack(batch);
            }
            AtomicIntegerArray done = new AtomicIntegerArray(RECORDS);
            pool.forEach(RECORDS, done::incrementAndGet);
            for (int i = 0; i < RECORDS; i++) {
                assertEquals(1, done.get(i));
            }
        } finally {
            System.clearProperty(ReadPool.BY_THREADS);
        }
    }

    @Test
    void batches_onTheirWayWhenThePoolCloses_areClosedWhenTheyComeBack() throws IOException {
        BrokenRings rings = new BrokenRings();
        ReadPool pool = new ReadPool(segments, false);
        assumeTrue(pool.access() == StoreStat.Access.RING, "this system has no io_uring");
        RecordBatch first = Objects.requireNonNull(pool.takeBatch());
        RecordBatch second = Objects.requireNonNull(pool.takeBatch());
        first.begin(places, RECORDS);
        assertEquals(2, rings.open());
        pool.close();
        assertNull(pool.takeBatch());
        assertTrue(first.next() >= 0);
        pool.giveBack(first);
        pool.giveBack(second);
        assertNull(pool.takeBatch());
        assertEquals(0, rings.open());
    }
}
