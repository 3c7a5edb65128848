package dev.millrace.runtime;

import dev.millrace.model.ErrorCode;
import dev.millrace.model.MillraceException;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

import java.io.IOException;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.List;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;

/**
 * The right to write in a directory, which one process has at a time. The system gives it back when the process ends,
 * however it ends; the files that carry and explain it stay.
 */
public final class DirectoryLock implements AutoCloseable {
    private static final Logger log = LoggerFactory.getLogger(DirectoryLock.class);

    private static final String LOCK_NAME = "lock";
    private static final String OWNER_NAME = "lock.owner";

    /**
     * The directories that this process holds. POSIX drops a process's lock when
     * any of its descriptors of the file is closed, so a second attempt in this process must not even open it.
     */
    private static final Set<Path> HELD = ConcurrentHashMap.newKeySet();

    private final Path held;
    private final FileChannel channel;

    private DirectoryLock(Path held, FileChannel channel) {
        this.held = held;
        this.channel = channel;
    }

    /**
     * @param what what lies in the directory, for the message
     * @throws MillraceException {@code CONFLICT} when another has it, naming who
     */
    public static DirectoryLock acquire(Path directory, String what) throws IOException {
        Path real = directory.toRealPath();
        if (!HELD.add(real)) {
            throw taken(
                    directory, what, "this process, " + ProcessHandle.current().pid());
        }
        boolean acquired = false;
        try {
            DirectoryLock lock = lock(real, what);
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

    /**
     * Gives it back once threads have ended that may write in the directory: at once where they have, else whenever that is. The
     * disk may hold one up for longer than anybody waits for it, and what it has been given can still come to be written.
     */
    public void closeAfter(List<Thread> writers) throws IOException {
        List<Thread> writing = writers.stream().filter(Thread::isAlive).toList();
        if (writing.isEmpty()) {
            close();
            return;
        }
        log.warn(
                "{} stays with this process until the disk has answered, or the process has ended: {} may still write there",
                held,
                writing.stream().map(Thread::getName).toList());
        Thread ignored = Thread.ofPlatform().name("directory-lock").daemon().start(() -> closeWhenEnded(writing));
    }

    private void closeWhenEnded(List<Thread> writing) {
        try {
            for (Thread writer : writing) {
                writer.join();
            }
            close();
        } catch (InterruptedException e) {
            // Nobody interrupts it; the process would keep the lock.
            Thread.currentThread().interrupt();
        } catch (IOException e) {
            log.error("the lock of {} could not be given back; it goes with this process", held, e);
        }
    }

    private static DirectoryLock lock(Path directory, String what) throws IOException {
        Path owner = directory.resolve(OWNER_NAME);
        FileChannel channel =
                FileChannel.open(directory.resolve(LOCK_NAME), StandardOpenOption.CREATE, StandardOpenOption.WRITE);
        if (channel.tryLock() == null) {
            channel.close();
            throw taken(
                    directory,
                    what,
                    "process " + (Files.exists(owner) ? Files.readString(owner).strip() : "unknown"));
        }
        Files.writeString(owner, ProcessHandle.current().pid() + "\n");
        return new DirectoryLock(directory, channel);
    }

    private static MillraceException taken(Path directory, String what, String holder) {
        return new MillraceException(
                ErrorCode.CONFLICT,
                what + " " + directory + " is being written by " + holder
                        + ". Stop that process, or use another data directory");
    }
}
