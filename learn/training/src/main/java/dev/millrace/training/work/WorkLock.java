package dev.millrace.training.work;

import dev.millrace.model.ErrorCode;
import dev.millrace.model.MillraceException;

import java.io.IOException;
import java.nio.channels.FileChannel;
import java.nio.channels.FileLock;
import java.nio.channels.OverlappingFileLockException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;

/** Holds a work directory for one training run; the operating system frees it when the process dies. */
public record WorkLock(FileChannel channel) implements AutoCloseable {
    /** @throws MillraceException (CONFLICT) when another run holds the directory */
    public static WorkLock acquire(Path work) throws IOException {
        Files.createDirectories(work);
        FileChannel channel =
                FileChannel.open(work.resolve("lock"), StandardOpenOption.CREATE, StandardOpenOption.WRITE);
        if (!isLocked(channel)) {
            channel.close();
            throw new MillraceException(
                    ErrorCode.CONFLICT,
                    "another training is running in '" + work + "'; wait for it, or end it: it can be continued");
        }
        return new WorkLock(channel);
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
            return false; // held within this process
        }
    }
}
