package dev.millrace.storage.disk;

import jdk.nio.mapmode.ExtendedMapMode;

import java.io.IOException;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
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
        Path probe = directory.resolve(MAPPING_PROBE);
        try (Arena arena = Arena.ofConfined()) {
            try {
                Files.write(probe, new byte[PAGE_BYTES]);
                MemorySegment mapped = map(probe, arena);
                return mapped.byteSize() == PAGE_BYTES ? "" : "a file of one page has " + mapped.byteSize() + " bytes";
            } finally {
                Files.deleteIfExists(probe);
            }
        } catch (IOException e) {
            return String.valueOf(e.getMessage());
        }
    }

    @Override
    public MemorySegment map(Path file, Arena arena) throws IOException {
        try (FileChannel channel = FileChannel.open(file, StandardOpenOption.READ)) {
            return channel.map(ExtendedMapMode.READ_ONLY_SYNC, 0, channel.size(), arena);
        } catch (UnsupportedOperationException e) {
            throw new IOException("this system maps no files to their device: " + e.getMessage(), e);
        }
    }
}
