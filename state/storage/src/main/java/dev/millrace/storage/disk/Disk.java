package dev.millrace.storage.disk;

import java.io.IOException;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.nio.file.Path;
import java.util.List;

/**
 * The files of a machine as durable state needs them: what a power failure leaves is what was forced. Tests put one in
 * its place that crashes at each step. Thread-safe.
 */
public interface Disk {
    /** The machine's own files. */
    static Disk local() {
        return LocalDisk.INSTANCE;
    }

    /** @throws java.nio.file.FileAlreadyExistsException when there is one of that name */
    DiskFile create(Path file) throws IOException;

    /** @throws java.nio.file.NoSuchFileException when there is none of that name */
    DiskFile open(Path file) throws IOException;

    /** Opens a file, which is made where it is missing. */
    default DiskFile openOrCreate(Path file) throws IOException {
        return exists(file) ? open(file) : create(file);
    }

    /** @throws java.nio.file.NoSuchFileException when there is none of that name; it gives no writing */
    DiskFile openReadOnly(Path file) throws IOException;

    boolean exists(Path file);

    boolean isDirectory(Path path);

    /** Milliseconds since 1970. */
    long lastModifiedMillis(Path file) throws IOException;

    /** The files and directories in a directory, ordered by name; empty when there is no such directory. */
    List<Path> list(Path directory) throws IOException;

    /** Gives a file another name at once, in place of what had it. Durable after {@link #forceDirectory}. */
    void rename(Path from, Path to) throws IOException;

    /** @return whether there was a file. Durable after {@link #forceDirectory} */
    boolean delete(Path file) throws IOException;

    /** Makes a directory and those above it where they are missing. Its own name is durable when this returns. */
    void createDirectories(Path directory) throws IOException;

    /** A new, renamed or deleted name survives a power failure only after its directory was forced. */
    void forceDirectory(Path directory) throws IOException;

    /** How many bytes can still be written to files of a directory, as far as the disk can tell. */
    default long usableBytes(Path directory) throws IOException {
        return Long.MAX_VALUE;
    }

    /**
     * Why {@link #map} does not work for files of a directory; empty where it does. It is tried with a file of it, or, where there is
     * none, with one that is made and deleted.
     */
    default String mappingRefusal(Path directory) {
        return "this disk maps no files";
    }

    /**
     * Maps a file for loads that reach the device itself (DAX, JEP 352): no page of it ever waits for a read into the system's
     * cache. The mapping ends with the arena.
     */
    default MemorySegment map(Path file, Arena arena) throws IOException {
        throw new IOException(file + " cannot be mapped: this disk maps no files");
    }
}
