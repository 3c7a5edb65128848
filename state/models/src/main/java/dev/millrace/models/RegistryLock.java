package dev.millrace.models;

import java.io.IOException;
import java.nio.channels.FileChannel;
import java.nio.channels.FileLock;
import java.nio.channels.OverlappingFileLockException;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;

/** The lock that lets one writer at a time change a registry, across threads and processes (thread-safe). */
final class RegistryLock {
    private static final long WAIT_LIMIT_NANOS = TimeUnit.SECONDS.toNanos(60);
    private static final long PAUSE_NANOS = TimeUnit.MILLISECONDS.toNanos(5);

    private final Path file;

    RegistryLock(Path file) {
        this.file = file;
    }

    /** Waits for the lock, at most a minute. The operating system frees it when its process dies. */
    Held acquire() throws IOException {
        FileChannel channel = FileChannel.open(file, StandardOpenOption.CREATE, StandardOpenOption.WRITE);
        try {
            return new Held(channel, lock(channel));
        } catch (IOException | RuntimeException e) {
            channel.close();
            throw e;
        }
    }

    private FileLock lock(FileChannel channel) throws IOException {
        long start = System.nanoTime();
        while (System.nanoTime() - start < WAIT_LIMIT_NANOS) {
            try {
                FileLock lock = channel.tryLock();
                if (lock != null) {
                    return lock;
                }
            } catch (OverlappingFileLockException e) {
                // Held within this process, which the operating system's lock cannot express: wait as for another.
            }
            LockSupport.parkNanos(PAUSE_NANOS);
        }
        throw new IOException(
                "cannot get the lock " + file + " within a minute; another process is writing to the registry");
    }

    /** The lock while it is held. */
    record Held(FileChannel channel, FileLock lock) implements AutoCloseable {
        void require() throws IOException {
            if (!lock.isValid()) {
                throw new IOException("the registry's lock was lost");
            }
        }

        @Override
        public void close() throws IOException {
            channel.close(); // frees the lock
        }
    }
}
