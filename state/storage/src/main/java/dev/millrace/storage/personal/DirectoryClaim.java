package dev.millrace.storage.personal;

import java.io.IOException;
import java.nio.channels.FileChannel;
import java.nio.channels.FileLock;
import java.nio.channels.OverlappingFileLockException;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;

/** The right to write in a directory, which one process has at a time. Released when it is closed or the process ends. */
final class DirectoryClaim implements AutoCloseable {
    private final FileChannel channel;

    private DirectoryClaim(FileChannel channel) {
        this.channel = channel;
    }

    /** @throws IOException when someone else has it */
    static DirectoryClaim take(Path directory) throws IOException {
        FileChannel channel =
                FileChannel.open(directory.resolve("keys.lock"), StandardOpenOption.CREATE, StandardOpenOption.WRITE);
        if (!isLocked(channel)) {
            channel.close();
            throw new IOException("the key table " + directory + " is open elsewhere; close it there first");
        }
        return new DirectoryClaim(channel);
    }

    @Override
    public void close() throws IOException {
        channel.close();
    }

    private static boolean isLocked(FileChannel channel) throws IOException {
        try {
            FileLock lock = channel.tryLock();
            return lock != null;
        } catch (OverlappingFileLockException e) {
            return false;
        }
    }
}
