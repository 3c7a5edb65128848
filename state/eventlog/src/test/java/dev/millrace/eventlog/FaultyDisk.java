package dev.millrace.eventlog;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.concurrent.locks.LockSupport;

/** Opens files that fail when told to. Thread-safe. */
final class FaultyDisk implements LogFile.Opener {
    /** How many more bytes fit; writing beyond writes what fits and fails, as a full disk does. */
    private volatile long room = Long.MAX_VALUE;

    private volatile boolean forceFails;
    private volatile boolean truncateFails;
    private volatile boolean held;

    private volatile boolean forceSkipped;

    /** For tests of content alone, which open hundreds of logs: nothing is forced to the real disk. */
    static FaultyDisk withoutForce() {
        FaultyDisk disk = new FaultyDisk();
        disk.forceSkipped = true;
        return disk;
    }

    void setRoom(long bytes) {
        room = bytes;
    }

    void failForce(boolean fails) {
        forceFails = fails;
    }

    void failTruncate(boolean fails) {
        truncateFails = fails;
    }

    void holdForce() {
        held = true;
    }

    void releaseForce() {
        held = false;
    }

    @Override
    public LogFile open(Path file) throws IOException {
        if (room <= 0) {
            throw new IOException("No space left on device (injected)");
        }
        return new FaultyFile(file);
    }

    private final class FaultyFile extends LogFile {
        private final Path file;

        FaultyFile(Path file) throws IOException {
            super(file);
            this.file = file;
        }

        @Override
        @SuppressWarnings("NonAtomicVolatileUpdate") // Only the log's one writing thread takes room.
        void write(ByteBuffer bytes, long position) throws IOException {
            int wanted = bytes.remaining();
            int fits = (int) Math.min(wanted, room);
            bytes.limit(bytes.position() + fits);
            super.write(bytes, position);
            room -= fits;
            if (fits < wanted) {
                throw new IOException("No space left on device (injected)");
            }
        }

        @Override
        void force() throws IOException {
            while (held) {
                LockSupport.parkNanos(100_000);
            }
            if (forceFails) {
                throw new IOException("Input/output error (injected)");
            }
            if (!forceSkipped) {
                super.force();
            }
        }

        @Override
        void truncate(long size) throws IOException {
            if (truncateFails) {
                throw new IOException("Input/output error on truncate (injected)");
            }
            if (forceSkipped) {
                cutWithoutForce(size);
            } else {
                super.truncate(size);
            }
        }

        private void cutWithoutForce(long size) throws IOException {
            try (FileChannel channel = FileChannel.open(file, StandardOpenOption.WRITE)) {
                channel.truncate(size);
            }
        }
    }
}
