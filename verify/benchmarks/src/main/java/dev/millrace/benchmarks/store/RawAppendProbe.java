package dev.millrace.benchmarks.store;

import dev.millrace.benchmarks.store.engine.OpaqueRows;
import dev.millrace.benchmarks.store.measure.BatchClock;
import dev.millrace.benchmarks.store.measure.Figures;
import dev.millrace.storage.disk.Disk;
import dev.millrace.storage.disk.DiskFile;
import dev.millrace.storage.segment.SegmentFormat;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.lang.foreign.MemorySegment;
import java.nio.ByteBuffer;

/**
 * How fast this machine takes durable batches: the pages that 2,000 rows of 256 bytes fill in our log, written in one go past the
 * system's cache and synchronised, batch by batch, one in flight. Nothing is found, copied, checksummed or kept. Owned by one thread.
 *
 * <p>The file is there and full of zeros before the clock runs, so that the file system has nothing to enter; {@code growing}
 * is the same where each batch makes the file longer, as a log does that has not reserved its room.
 */
final class RawAppendProbe {
    private static final int ROW_BYTES = 256;
    private static final long FILE_BYTES = 256L << 20;
    private static final int FILL_BYTES = 4 << 20;

    private final Fork fork;
    private final Figures figures;
    private final ByteBuffer batch;

    RawAppendProbe(Fork fork, Figures figures) {
        this.fork = fork;
        this.figures = figures;
        int rowsInPage = SegmentFormat.PAGE_BYTES / SegmentFormat.recordBytes(ROW_BYTES);
        int pages = (StreamWorkload.BATCH + rowsInPage - 1) / rowsInPage;
        batch = pages(pages * SegmentFormat.PAGE_BYTES);
        OpaqueRows rows = new OpaqueRows(StreamWorkload.BATCH, ROW_BYTES);
        MemorySegment memory = MemorySegment.ofBuffer(batch);
        for (int row = 0; row < StreamWorkload.BATCH; row++) {
            rows.write(rows.key(row), 0, memory, (long) row * ROW_BYTES);
        }
    }

    /** Of whole pages of memory, as writing past the cache asks for. */
    private static ByteBuffer pages(int bytes) {
        return ByteBuffer.allocateDirect(bytes + SegmentFormat.PAGE_BYTES)
                .alignedSlice(SegmentFormat.PAGE_BYTES)
                .limit(bytes)
                .slice();
    }

    void run() throws IOException {
        try (DiskFile file = Disk.local().create(fork.directory().resolve("reserved"))) {
            for (long at = 0; at < FILE_BYTES; at += FILL_BYTES) {
                file.write(pages(FILL_BYTES), at);
            }
            file.force();
            BatchClock.run(appending(file, false), fork.warmUp(), () -> 0);
            BatchClock.run(appending(file, false), fork.duration(), () -> 0).addTo(figures, "upserts");
        }
        try (DiskFile file = Disk.local().create(fork.directory().resolve("growing"))) {
            BatchClock.run(appending(file, true), fork.duration(), () -> 0).addTo(figures, "growing");
        }
    }

    private BatchClock.Batch appending(DiskFile file, boolean growing) {
        return new BatchClock.Batch() {
            private long end;

            @Override
            public void prepare() {
                if (end + batch.capacity() > FILE_BYTES) {
                    end = 0;
                    if (growing) {
                        empty(file);
                    }
                }
            }

            @Override
            public int run() {
                try {
                    file.write(batch.duplicate(), end);
                    file.force();
                } catch (IOException e) {
                    throw new UncheckedIOException("the disk refused a write", e);
                }
                end += batch.capacity();
                return StreamWorkload.BATCH;
            }
        };
    }

    private static void empty(DiskFile file) {
        try {
            file.truncate(0);
        } catch (IOException e) {
            throw new UncheckedIOException("the file could not be emptied", e);
        }
    }
}
