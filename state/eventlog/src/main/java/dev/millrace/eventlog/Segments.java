package dev.millrace.eventlog;

import org.jspecify.annotations.Nullable;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.Map;
import java.util.NavigableMap;
import java.util.concurrent.ConcurrentSkipListMap;
import java.util.stream.Stream;

/** The segment files of a log by the offset of their first record. Thread-safe. */
final class Segments {
    private final Path directory;
    private final NavigableMap<Long, Path> files = new ConcurrentSkipListMap<>();

    Segments(Path directory) {
        this.directory = directory;
    }

    Path directory() {
        return directory;
    }

    /** Takes the directory's present content. */
    void list() throws IOException {
        NavigableMap<Long, Path> found = new ConcurrentSkipListMap<>();
        try (Stream<Path> content = Files.list(directory)) {
            content.forEach(file -> {
                Long base = baseOf(file);
                if (base != null) {
                    found.put(base, file);
                }
            });
        }
        files.keySet().retainAll(found.keySet());
        files.putAll(found);
    }

    void add(long base, Path file) {
        files.put(base, file);
    }

    void remove(long base) {
        files.remove(base);
    }

    boolean isEmpty() {
        return files.isEmpty();
    }

    int size() {
        return files.size();
    }

    Map.@Nullable Entry<Long, Path> first() {
        return files.firstEntry();
    }

    Map.@Nullable Entry<Long, Path> last() {
        return files.lastEntry();
    }

    /** The segment that holds an offset, or would hold it. */
    Map.@Nullable Entry<Long, Path> containing(long offset) {
        return files.floorEntry(offset);
    }

    Map.@Nullable Entry<Long, Path> after(long base) {
        return files.higherEntry(base);
    }

    Map.@Nullable Entry<Long, Path> before(long base) {
        return files.lowerEntry(base);
    }

    /** @return {@code null} when the file has no valid header, as when its creation was cut off */
    static SegmentFormat.@Nullable Header readHeader(Path file) throws IOException {
        ByteBuffer header = ByteBuffer.allocate(SegmentFormat.HEADER_BYTES).order(ByteOrder.LITTLE_ENDIAN);
        try (FileChannel channel = FileChannel.open(file, StandardOpenOption.READ)) {
            while (header.hasRemaining() && channel.read(header) >= 0) {
                // Read on.
            }
        } catch (NoSuchFileException e) {
            return null;
        }
        return SegmentFormat.parseHeader(header.flip());
    }

    private static @Nullable Long baseOf(Path file) {
        String name = String.valueOf(file.getFileName());
        if (!name.endsWith(SegmentFormat.SUFFIX)) {
            return null;
        }
        try {
            return Long.valueOf(name.substring(0, name.length() - SegmentFormat.SUFFIX.length()));
        } catch (NumberFormatException e) {
            return null;
        }
    }
}
