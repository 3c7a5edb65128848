package dev.millrace.storage.disk;

import org.jspecify.annotations.Nullable;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardOpenOption;
import java.util.Collection;

/** The machine's files as a {@link CrashingDisk} changes them. Stateless. */
final class RealFiles {
    private RealFiles() {}

    static void create(Path file, byte[] content) {
        // A new file instead of new content: an old one may still be mapped.
        run(() -> {
            Files.deleteIfExists(file);
            Files.write(file, content, StandardOpenOption.CREATE_NEW);
        });
    }

    static void createDirectory(Path directory) {
        run(() -> Files.createDirectories(directory));
    }

    static void rename(Path from, Path to) {
        run(() -> Files.move(from, to, StandardCopyOption.ATOMIC_MOVE, StandardCopyOption.REPLACE_EXISTING));
    }

    static void deleteAll(Collection<Path> files) {
        run(() -> {
            for (Path file : files) {
                Files.deleteIfExists(file);
            }
        });
    }

    /** @param bytes nothing for a cut at the position */
    static void change(Path file, int position, byte @Nullable [] bytes) {
        run(() -> {
            try (FileChannel channel = FileChannel.open(file, StandardOpenOption.WRITE)) {
                if (bytes == null) {
                    channel.truncate(position);
                } else {
                    int ignored = channel.write(ByteBuffer.wrap(bytes), position);
                }
            }
        });
    }

    private static void run(CrashingDisk.Action action) {
        try {
            action.run();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }
}
