package dev.millrace.storage.cold;

import dev.millrace.runtime.Clock;
import dev.millrace.runtime.Deadline;
import dev.millrace.storage.cold.ColdStoreException.Reason;
import dev.millrace.storage.disk.Disk;
import dev.millrace.storage.disk.DiskFile;

import java.io.IOException;
import java.lang.foreign.MemorySegment;
import java.nio.ByteBuffer;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.UUID;

/**
 * Cold objects as files in a directory. An object is written under {@code .writing/}, forced, and renamed to its name,
 * whose directory is forced as well. Two processes may share a directory, as long as they do not put other content under
 * one name at the same moment. Thread-safe.
 */
public final class DirectoryColdStore implements ColdStore {
    /** No name of an object begins with a dot. */
    private static final String WRITING = ".writing";

    private static final Duration LEFTOVER_AGE = Duration.ofDays(1);

    private static final int COPY_BYTES = 1 << 20;

    private final Path root;
    private final Path writing;
    private final Disk disk;
    private final Object putting = new Object();

    private DirectoryColdStore(Path root, Disk disk) {
        this.root = root;
        this.writing = root.resolve(WRITING);
        this.disk = disk;
    }

    /** Makes the directory where it is missing. */
    public static DirectoryColdStore open(Path root) throws IOException {
        return open(root, Disk.local());
    }

    static DirectoryColdStore open(Path root, Disk disk) throws IOException {
        DirectoryColdStore store = new DirectoryColdStore(root, disk);
        disk.createDirectories(root);
        disk.createDirectories(store.writing);
        store.deleteLeftovers(Clock.system());
        return store;
    }

    @Override
    public void put(ColdName name, Path file) throws ColdStoreException {
        byte[] trailer = SealedFile.verify(file);
        // One at a time: between the look at what is there and the rename, nobody else of this process comes.
        synchronized (putting) {
            try {
                makeDirectories(name);
                if (!isThere(name, trailer)) {
                    write(name, file);
                }
                // Also for what was there: the put that wrote it may have failed before this step.
                disk.forceDirectory(directoryOf(fileOf(name)));
            } catch (IOException e) {
                throw failure(name, e);
            }
        }
    }

    @Override
    public void read(ColdName name, long offset, int length, MemorySegment into, Deadline deadline)
            throws ColdStoreException {
        checkInTime(name, deadline);
        try (DiskFile file = disk.openReadOnly(fileOf(name))) {
            int read = file.read(into.asSlice(0, length).asByteBuffer(), offset);
            if (read < length) {
                throw new ColdStoreException(
                        Reason.DAMAGED,
                        name + " ends at byte " + file.size() + "; asked for bytes to " + (offset + length));
            }
        } catch (IOException e) {
            throw failure(name, e);
        }
    }

    @Override
    public long size(ColdName name, Deadline deadline) throws ColdStoreException {
        checkInTime(name, deadline);
        try (DiskFile file = disk.openReadOnly(fileOf(name))) {
            return file.size();
        } catch (IOException e) {
            throw failure(name, e);
        }
    }

    @Override
    public List<ColdEntry> list(String prefix) throws ColdStoreException {
        List<ColdEntry> entries = new ArrayList<>();
        try {
            collect(root, "", prefix, entries);
        } catch (IOException e) {
            throw new ColdStoreException(Reason.UNAVAILABLE, "cannot list " + root + ": " + e, e);
        }
        entries.sort((a, b) -> a.name().compareTo(b.name()));
        return entries;
    }

    @Override
    public void delete(ColdName name) throws ColdStoreException {
        Path file = fileOf(name);
        try {
            if (disk.delete(file)) {
                disk.forceDirectory(directoryOf(file));
            }
        } catch (IOException e) {
            throw failure(name, e);
        }
    }

    @Override
    public void close() {
        // Nothing is held open.
    }

    private boolean isThere(ColdName name, byte[] trailer) throws ColdStoreException {
        if (!disk.exists(fileOf(name))) {
            return false;
        }
        byte[] present = new byte[trailer.length];
        long size = size(name, Deadline.none());
        if (size >= present.length) {
            read(name, size - present.length, present.length, MemorySegment.ofArray(present), Deadline.none());
        }
        if (!Arrays.equals(trailer, present)) {
            throw new ColdStoreException(
                    Reason.CONFLICT, name + " exists with other content; put the new content under another name");
        }
        return true;
    }

    private void write(ColdName name, Path source) throws IOException {
        Path temporary = writing.resolve(UUID.randomUUID().toString());
        try {
            copy(source, temporary);
            disk.rename(temporary, fileOf(name));
        } catch (IOException e) {
            deleteAfter(e, temporary);
            throw e;
        }
    }

    private void deleteAfter(IOException cause, Path temporary) {
        try {
            disk.delete(temporary);
        } catch (IOException e) {
            cause.addSuppressed(e);
        }
    }

    /** One level after the other, so that each level's name is durable. */
    private void makeDirectories(ColdName name) throws IOException {
        String value = name.value();
        for (int slash = value.indexOf('/'); slash >= 0; slash = value.indexOf('/', slash + 1)) {
            disk.createDirectories(root.resolve(value.substring(0, slash)));
        }
    }

    private void copy(Path source, Path temporary) throws IOException {
        ByteBuffer buffer = ByteBuffer.allocate(COPY_BYTES);
        try (DiskFile from = Disk.local().openReadOnly(source);
                DiskFile to = disk.create(temporary)) {
            long position = 0;
            while (from.read(buffer.clear(), position) > 0) {
                buffer.flip();
                int portion = buffer.remaining();
                to.write(buffer, position);
                position += portion;
            }
            to.force();
        }
    }

    private void collect(Path directory, String above, String prefix, List<ColdEntry> into) throws IOException {
        for (Path path : disk.list(directory)) {
            String name = above + path.getFileName();
            if (path.equals(writing)) {
                continue;
            }
            if (disk.isDirectory(path)) {
                collect(path, name + "/", prefix, into);
            } else if (name.startsWith(prefix)) {
                add(name, path, into);
            }
        }
    }

    private void add(String name, Path path, List<ColdEntry> into) throws IOException {
        try (DiskFile file = disk.openReadOnly(path)) {
            into.add(new ColdEntry(new ColdName(name), file.size()));
        } catch (NoSuchFileException e) {
            // Deleted since it was listed.
        }
    }

    /** What a crashed process was writing. Another process may be writing now: what is young stays. */
    private void deleteLeftovers(Clock clock) throws IOException {
        for (Path file : disk.list(writing)) {
            try {
                if (disk.lastModifiedMillis(file) < clock.millis() - LEFTOVER_AGE.toMillis()) {
                    disk.delete(file);
                }
            } catch (NoSuchFileException e) {
                // Its writer was faster.
            }
        }
    }

    private Path fileOf(ColdName name) {
        return root.resolve(name.value());
    }

    private Path directoryOf(Path file) {
        Path parent = file.getParent();
        return parent == null ? root : parent;
    }

    private static void checkInTime(ColdName name, Deadline deadline) throws ColdStoreException {
        if (deadline.isExpired()) {
            throw new ColdStoreException(Reason.LATE, "no time is left to read " + name);
        }
    }

    private static ColdStoreException failure(ColdName name, IOException e) {
        if (e instanceof ColdStoreException known) {
            return known;
        }
        return e instanceof NoSuchFileException
                ? new ColdStoreException(Reason.MISSING, "there is no cold object " + name, e)
                : new ColdStoreException(Reason.UNAVAILABLE, "cannot access cold object " + name + ": " + e, e);
    }
}
