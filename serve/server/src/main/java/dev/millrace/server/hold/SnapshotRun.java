package dev.millrace.server.hold;

import dev.millrace.features.Capture;
import dev.millrace.features.SectionWriter;
import dev.millrace.storage.SnapshotWriter;
import org.jspecify.annotations.Nullable;

import java.io.ByteArrayOutputStream;
import java.io.DataOutputStream;
import java.io.IOException;
import java.io.InterruptedIOException;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;

/**
 * One snapshot on its way to disk while events go on. The ingest thread, which owns this, reads a part of the captured
 * state between two batches; a thread of its own writes the part. The files get their names in the given order.
 */
final class SnapshotRun implements AutoCloseable {
    /** Read before the clock is looked at again: some tenths of a millisecond. */
    private static final int ROWS = 64;

    /** For so long events wait for one part. */
    private static final long PART_NANOS = 5_000_000;

    private static final int PART_BYTES = 4 << 20;

    /** Beyond this, reading the rest at once costs less than keeping more rows as they were. */
    private static final long MOST_KEPT_BYTES = 256L << 20;

    private final ExecutorService disk = Executors.newSingleThreadExecutor(
            Thread.ofPlatform().name("millrace-snapshot").daemon().factory());
    private final long offset;
    private final List<Target> targets;
    private final Ending ending;
    private final ByteArrayOutputStream part = new ByteArrayOutputStream();
    private final DataOutputStream out = new DataOutputStream(part);
    private @Nullable Future<?> writing;
    private int next;

    /** A file and what belongs into it. */
    record Target(Capture capture, SnapshotWriter file, SectionWriter sections) {
        Target(Capture capture, SnapshotWriter file) {
            this(capture, file, new SectionWriter(file));
        }

        /** Every capture first: one that stays open keeps each row that changes, for ever. */
        static void closeAll(List<Target> targets) throws IOException {
            targets.forEach(target -> target.capture.close());
            IOException failure = null;
            for (Target target : targets) {
                try {
                    target.file.close();
                } catch (IOException e) {
                    if (failure != null) {
                        e.addSuppressed(failure);
                    }
                    failure = e;
                }
            }
            if (failure != null) {
                throw failure;
            }
        }
    }

    /** What follows when every file is on disk; on the thread that writes. */
    @FunctionalInterface
    interface Ending {
        void run() throws IOException;
    }

    private record Piece(String section, byte[] bytes) {}

    /** @param offset the log offset of what was captured */
    SnapshotRun(long offset, List<Target> targets, Ending ending) {
        this.offset = offset;
        this.targets = List.copyOf(targets);
        this.ending = ending;
    }

    long offset() {
        return offset;
    }

    /**
     * Reads the next part, unless the one before it is still being written.
     *
     * @return whether everything is on disk
     */
    boolean advance() throws IOException {
        if (keptBytes() > MOST_KEPT_BYTES) {
            finish();
            return true;
        }
        if (writing != null && !writing.isDone()) {
            return false;
        }
        return proceed();
    }

    /** Whether everything was read; it may still be written. */
    boolean isRead() {
        return next == targets.size();
    }

    /** Reads and writes the rest while the caller waits. */
    void finish() throws IOException {
        while (!proceed()) {
            // A part more is under way.
        }
    }

    /** Leaves nothing behind of a run that was not finished. */
    @Override
    public void close() throws IOException {
        disk.close();
        Target.closeAll(targets);
    }

    private boolean proceed() throws IOException {
        awaitWritten();
        if (isRead()) {
            return true;
        }
        Target target = targets.get(next);
        List<Piece> pieces = new ArrayList<>();
        boolean last = !read(target.capture(), pieces);
        if (last) {
            target.capture().close();
            next++;
        }
        boolean lastOfAll = isRead();
        writing = disk.submit(() -> {
            write(target, pieces, last);
            if (lastOfAll) {
                ending.run();
            }
            return pieces.size();
        });
        return false;
    }

    /** Whether there is more than was read. */
    private boolean read(Capture capture, List<Piece> pieces) throws IOException {
        long began = System.nanoTime();
        int bytes = 0;
        while (bytes < PART_BYTES && System.nanoTime() - began < PART_NANOS) {
            part.reset();
            String section = capture.write(out, ROWS);
            if (section == null) {
                return false;
            }
            pieces.add(new Piece(section, part.toByteArray()));
            bytes += part.size();
        }
        return true;
    }

    private static void write(Target target, List<Piece> pieces, boolean last) throws IOException {
        for (Piece piece : pieces) {
            target.sections().write(piece.section(), piece.bytes());
        }
        if (last) {
            target.sections().endSection();
            target.file().commit();
        }
    }

    private void awaitWritten() throws IOException {
        Future<?> present = writing;
        writing = null;
        if (present == null) {
            return;
        }
        try {
            Object _ = present.get();
        } catch (ExecutionException e) {
            throw new IOException("writing a snapshot failed: " + e.getCause(), e);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new InterruptedIOException("interrupted while a snapshot was written");
        }
    }

    private long keptBytes() {
        return targets.stream()
                .mapToLong(target -> target.capture().keptBytes())
                .sum();
    }
}
