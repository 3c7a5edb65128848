package dev.millrace.storage.segment;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardOpenOption;

/**
 * The calls by which the store changes what is on disk; tests replace them by a disk that is full, fails, or ends the
 * process between any two of them. Thread-safe.
 */
public interface Disk {
    /** The file system of this machine. */
    Disk SYSTEM = new SystemDisk();

    /** Opens a file for writing at any position; makes it where it is missing. */
    DiskFile open(Path file) throws IOException;

    /** Gives a file another name at once, replacing what has it, and returns when the directory is on disk. */
    void rename(Path from, Path to) throws IOException;

    void delete(Path file) throws IOException;

    /** Returns when the names of a directory's files are on disk. */
    void forceDirectory(Path directory) throws IOException;

    /** A file that is being written. Owned by one thread. */
    interface DiskFile extends AutoCloseable {
        /** Writes all that remains in the buffer. */
        void write(ByteBuffer bytes, long position) throws IOException;

        /** Returns when what was written is on disk. */
        void force() throws IOException;

        void truncate(long size) throws IOException;

        @Override
        void close() throws IOException;
    }

    /** Files by the JDK's channels. */
    final class SystemDisk implements Disk {
        private SystemDisk() {}

        @Override
        public DiskFile open(Path file) throws IOException {
            FileChannel channel = FileChannel.open(file, StandardOpenOption.CREATE, StandardOpenOption.WRITE);
            return new ChannelFile(channel);
        }

        @Override
        public void rename(Path from, Path to) throws IOException {
            Files.move(from, to, StandardCopyOption.ATOMIC_MOVE, StandardCopyOption.REPLACE_EXISTING);
            Path directory = to.getParent();
            if (directory != null) {
                forceDirectory(directory);
            }
        }

        @Override
        public void delete(Path file) throws IOException {
            Files.deleteIfExists(file);
        }

        @Override
        public void forceDirectory(Path directory) throws IOException {
            try (FileChannel opened = FileChannel.open(directory, StandardOpenOption.READ)) {
                opened.force(true);
            }
        }
    }

    /** A file by a channel. */
    record ChannelFile(FileChannel channel) implements DiskFile {
        @Override
        public void write(ByteBuffer bytes, long position) throws IOException {
            long at = position;
            while (bytes.hasRemaining()) {
                at += channel.write(bytes, at);
            }
        }

        @Override
        public void force() throws IOException {
            channel.force(false);
        }

        @Override
        public void truncate(long size) throws IOException {
            channel.truncate(size);
            channel.force(true);
        }

        @Override
        public void close() throws IOException {
            channel.close();
        }
    }
}
