package dev.millrace.storage.tiered;

import dev.millrace.storage.disk.DiskFile;
import dev.millrace.storage.disk.ForwardingDisk;

import java.io.IOException;
import java.io.InterruptedIOException;
import java.nio.ByteBuffer;
import java.nio.file.Path;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.atomic.AtomicInteger;

/** The local disk, which answers no write or sync of some files, those of the log unless told otherwise, while it is held. Thread-safe. */
final class SlowDisk extends ForwardingDisk {
    /** Syncs that were answered. */
    final AtomicInteger syncs = new AtomicInteger();

    private final String held;
    private volatile CountDownLatch gate = new CountDownLatch(0);
    private volatile CountDownLatch asked = new CountDownLatch(0);

    SlowDisk() {
        this(".log");
    }

    /** @param held what the names of files end with that are waited for */
    SlowDisk(String held) {
        this.held = held;
    }

    /** From now on, until it is released. */
    void hold() {
        asked = new CountDownLatch(1);
        gate = new CountDownLatch(1);
    }

    void release() {
        gate.countDown();
    }

    /** Returns when somebody waits for an answer. */
    void awaitAsked() throws InterruptedException {
        asked.await();
    }

    @Override
    public DiskFile openOrCreate(Path file) throws IOException {
        DiskFile opened = super.openOrCreate(file);
        return file.getFileName().toString().endsWith(held) ? new SlowFile(opened) : opened;
    }

    private void answer() throws IOException {
        asked.countDown();
        try {
            gate.await();
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new InterruptedIOException("while the disk was slow");
        }
    }

    private final class SlowFile extends ForwardingFile {
        SlowFile(DiskFile file) {
            super(file);
        }

        @Override
        public void write(ByteBuffer bytes, long position) throws IOException {
            answer();
            super.write(bytes, position);
        }

        @Override
        public void force() throws IOException {
            answer();
            super.force();
            syncs.incrementAndGet();
        }
    }
}
