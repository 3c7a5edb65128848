package dev.millrace.eventlog;

import dev.millrace.model.ErrorCode;
import dev.millrace.model.MillraceException;

import java.io.IOException;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;

/**
 * The right to write in a directory, which one process has at a time. The system gives it back when the process ends,
 * however it ends; the files that carry and explain it stay.
 */
final class DirectoryLock implements AutoCloseable {
    private static final String LOCK_NAME = "lock";
    private static final String OWNER_NAME = "lock.owner";

    /**
     * The directories that this process holds: the one static state of this module. POSIX drops a process's lock when
     * any of its descriptors of the file is closed, so a second attempt in this process must not even open it.
     */
    private static final Set<Path> HELD = ConcurrentHashMap.newKeySet();

    private final Path held;
    private final FileChannel channel;

    private DirectoryLock(Path held, FileChannel channel) {
        this.held = held;
        this.channel = channel;
    }

    static DirectoryLock acquire(Path directory) throws IOException {
        Path real = directory.toRealPath();
        if (!HELD.add(real)) {
            throw taken(directory, "this process, " + ProcessHandle.current().pid());
        }
        boolean acquired = false;
        try {
            DirectoryLock lock = lock(real);
            acquired = true;
            return lock;
        } finally {
            if (!acquired) {
                HELD.remove(real);
            }
        }
    }

    @Override
    public void close() throws IOException {
        channel.close();
        HELD.remove(held);
    }

    private static DirectoryLock lock(Path directory) throws IOException {
        Path owner = directory.resolve(OWNER_NAME);
        FileChannel channel =
                FileChannel.open(directory.resolve(LOCK_NAME), StandardOpenOption.CREATE, StandardOpenOption.WRITE);
        if (channel.tryLock() == null) {
            channel.close();
            throw taken(
                    directory,
                    "process " + (Files.exists(owner) ? Files.readString(owner).strip() : "unknown"));
        }
        Files.writeString(owner, ProcessHandle.current().pid() + "\n");
        return new DirectoryLock(directory, channel);
    }

    private static MillraceException taken(Path directory, String holder) {
        return new MillraceException(
                ErrorCode.CONFLICT,
                "the event log " + directory + " is being written by " + holder
                        + ". Stop that process, or use another data directory");
    }
}
