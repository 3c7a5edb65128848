package dev.millrace.storage.tiered;

import dev.millrace.storage.disk.Disk;
import dev.millrace.storage.disk.DiskFile;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.file.Path;
import java.util.List;

/** The local disk, which does something else before each write to an index file. Not thread-safe. */
final class InterruptedDisk implements Disk {
    private static final Disk LOCAL = Disk.local();

    /** What is done before each write. */
    Runnable interruption = () -> {};

    @Override
    public DiskFile create(Path file) throws IOException {
        return LOCAL.create(file);
    }

    @Override
    public DiskFile open(Path file) throws IOException {
        return LOCAL.open(file);
    }

    @Override
    public DiskFile openOrCreate(Path file) throws IOException {
        DiskFile opened = LOCAL.openOrCreate(file);
        return file.getFileName().toString().startsWith("table-") ? new InterruptedFile(opened) : opened;
    }

    @Override
    public DiskFile openReadOnly(Path file) throws IOException {
        return LOCAL.openReadOnly(file);
    }

    @Override
    public boolean exists(Path file) {
        return LOCAL.exists(file);
    }

    @Override
    public boolean isDirectory(Path path) {
        return LOCAL.isDirectory(path);
    }

    @Override
    public long lastModifiedMillis(Path file) throws IOException {
        return LOCAL.lastModifiedMillis(file);
    }

    @Override
    public List<Path> list(Path folder) throws IOException {
        return LOCAL.list(folder);
    }

    @Override
    public void createDirectories(Path folder) throws IOException {
        LOCAL.createDirectories(folder);
    }

    @Override
    public void rename(Path from, Path to) throws IOException {
        LOCAL.rename(from, to);
    }

    @Override
    public boolean delete(Path file) throws IOException {
        return LOCAL.delete(file);
    }

    @Override
    public void forceDirectory(Path folder) throws IOException {
        LOCAL.forceDirectory(folder);
    }

    private final class InterruptedFile implements DiskFile {
        private final DiskFile file;

        InterruptedFile(DiskFile file) {
            this.file = file;
        }

        @Override
        public void write(ByteBuffer bytes, long position) throws IOException {
            interruption.run();
            file.write(bytes, position);
        }

        @Override
        public int read(ByteBuffer into, long position) throws IOException {
            return file.read(into, position);
        }

        @Override
        public long size() throws IOException {
            return file.size();
        }

        @Override
        public void force() throws IOException {
            file.force();
        }

        @Override
        public void truncate(long size) throws IOException {
            file.truncate(size);
        }

        @Override
        public void close() throws IOException {
            file.close();
        }
    }
}
