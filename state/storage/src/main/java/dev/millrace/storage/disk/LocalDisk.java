package dev.millrace.storage.disk;

import jdk.nio.mapmode.ExtendedMapMode;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardOpenOption;
import java.util.List;
import java.util.stream.Stream;

/** The files of this machine. Thread-safe. */
enum LocalDisk implements Disk {
    INSTANCE;

    private static final int PAGE_BYTES = 4096;
    /** What a store that is opened takes for a leftover. */
    private static final String MAPPING_PROBE = "mapping.tmp";

    @Override
    public DiskFile create(Path file) throws IOException {
        return new ChannelFile(
                file,
                FileChannel.open(
                        file, StandardOpenOption.CREATE_NEW, StandardOpenOption.READ, StandardOpenOption.WRITE));
    }

    @Override
    public DiskFile open(Path file) throws IOException {
        return new ChannelFile(file, FileChannel.open(file, StandardOpenOption.READ, StandardOpenOption.WRITE));
    }

    @Override
    public DiskFile openReadOnly(Path file) throws IOException {
        return new ChannelFile(file, FileChannel.open(file, StandardOpenOption.READ));
    }

    @Override
    public boolean exists(Path file) {
        return Files.exists(file);
    }

    @Override
    public boolean isDirectory(Path path) {
        return Files.isDirectory(path);
    }

    @Override
    public long lastModifiedMillis(Path file) throws IOException {
        return Files.getLastModifiedTime(file).toMillis();
    }

    @Override
    public List<Path> list(Path directory) throws IOException {
        if (!Files.isDirectory(directory)) {
            return List.of();
        }
        try (Stream<Path> files = Files.list(directory)) {
            return files.sorted().toList();
        } catch (UncheckedIOException e) {
            throw e.getCause();
        }
    }

    @Override
    public void rename(Path from, Path to) throws IOException {
        Files.move(from, to, StandardCopyOption.ATOMIC_MOVE, StandardCopyOption.REPLACE_EXISTING);
    }

    @Override
    public boolean delete(Path file) throws IOException {
        return Files.deleteIfExists(file);
    }

    @Override
    public void createDirectories(Path directory) throws IOException {
        Path absolute = directory.toAbsolutePath();
        Path parent = absolute.getParent();
        if (parent == null) {
            return;
        }
        if (!Files.isDirectory(parent)) {
            createDirectories(parent);
        }
        Files.createDirectories(absolute);
        // Also when it was there: whoever made it may have failed before this step.
        forceDirectory(parent);
    }

    @Override
    public void forceDirectory(Path directory) throws IOException {
        try (FileChannel opened = FileChannel.open(directory, StandardOpenOption.READ)) {
            opened.force(true);
        }
    }

    @Override
    public long usableBytes(Path directory) throws IOException {
        return Files.getFileStore(directory).getUsableSpace();
    }

    @Override
    public String mappingRefusal(Path directory) {
        try (FileChannel file = openToMap(directory);
                Arena arena = Arena.ofConfined()) {
            long bytes = Math.min(PAGE_BYTES, file.size());
            MemorySegment mapped = map(file, bytes, arena);
            return mapped.byteSize() == bytes ? "" : bytes + " bytes of a file are mapped as " + mapped.byteSize();
        } catch (IOException e) {
            return String.valueOf(e.getMessage());
        }
    }

    /** A file that is there, where one is: a disk that is full takes no other, which says nothing of mapping. */
    private static FileChannel openToMap(Path directory) throws IOException {
        Path probe = directory.resolve(MAPPING_PROBE);
        // Versions before left it where they crashed.
        Files.deleteIfExists(probe);
        for (Path file : INSTANCE.list(directory)) {
            try {
                if (Files.isRegularFile(file) && Files.isReadable(file) && Files.size(file) > 0) {
                    return FileChannel.open(file, StandardOpenOption.READ);
                }
            } catch (NoSuchFileException e) {
                // It was deleted meanwhile; another may do.
            }
        }
        FileChannel made = FileChannel.open(
                probe,
                StandardOpenOption.CREATE,
                StandardOpenOption.READ,
                StandardOpenOption.WRITE,
                // As soon as it is open: a crash leaves nothing.
                StandardOpenOption.DELETE_ON_CLOSE);
        try {
            made.write(ByteBuffer.allocate(PAGE_BYTES));
            return made;
        } catch (IOException e) {
            made.close();
            throw new IOException("a file to try it with could not be written: " + e.getMessage(), e);
        }
    }

    @Override
    public MemorySegment map(Path file, Arena arena) throws IOException {
        try (FileChannel channel = FileChannel.open(file, StandardOpenOption.READ)) {
            return map(channel, channel.size(), arena);
        }
    }

    private static MemorySegment map(FileChannel file, long bytes, Arena arena) throws IOException {
        try {
            return file.map(ExtendedMapMode.READ_ONLY_SYNC, 0, bytes, arena);
        } catch (UnsupportedOperationException e) {
            throw new IOException("this system maps no files to their device: " + e.getMessage(), e);
        }
    }
}
