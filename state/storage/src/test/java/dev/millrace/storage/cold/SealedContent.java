package dev.millrace.storage.cold;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.ByteBuffer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Random;
import java.util.UUID;

/** Makes sealed files of random content for tests. Stateless. */
public final class SealedContent {
    private SealedContent() {}

    public static byte[] random(Random random, int length) {
        byte[] content = new byte[length];
        random.nextBytes(content);
        return content;
    }

    /** A new sealed file in the directory. */
    public static Path seal(Path directory, byte[] content, int blockBytes) {
        Path file = directory.resolve("sealed-" + UUID.randomUUID());
        try (ColdObjectWriter writer = ColdObjectWriter.create(file, blockBytes)) {
            writer.write(ByteBuffer.wrap(content));
            writer.seal();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
        return file;
    }

    /** The bytes of such a file, which is deleted again. */
    static byte[] sealedBytes(Path directory, byte[] content, int blockBytes) {
        Path file = seal(directory, content, blockBytes);
        try {
            byte[] bytes = Files.readAllBytes(file);
            Files.delete(file);
            return bytes;
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }
}
