package dev.millrace.storage.disk;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.millrace.testkit.Seed;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

import java.io.IOException;
import java.lang.foreign.Arena;
import java.lang.foreign.ValueLayout;
import java.nio.ByteBuffer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.FileTime;
import java.time.Instant;
import java.util.Arrays;
import java.util.List;
import java.util.Random;

class LocalDiskTest {
    private static final int PAGE = 4096;

    @TempDir
    private Path directory;

    /** Small and large, in whole pages and not, from memory that begins where the file's pages do and from memory that does not. */
    @Test
    void write_piecesOfAnyShape_leavesTheBytesOfAPlainFile() throws IOException {
        Random random = Seed.random("LocalDiskTest");
        byte[] expected = new byte[600 * PAGE];
        int end = 0;
        Path path = directory.resolve("file");
        try (DiskFile file = Disk.local().create(path)) {
            for (int i = 0; i < 60; i++) {
                int position = random.nextInt(end + 1);
                int bytes = 1 + random.nextInt(random.nextBoolean() ? 3 * PAGE : 60 * PAGE);
                bytes = Math.min(bytes, expected.length - position);
                ByteBuffer piece = piece(random, position % PAGE, bytes);
                piece.duplicate().get(expected, position, bytes);
                file.write(piece, position);
                assertEquals(0, piece.remaining());
                end = Math.max(end, position + bytes);
            }
            file.force();
            assertEquals(end, file.size());
        }
        byte[] written = Files.readAllBytes(path);
        assertArrayEquals(Arrays.copyOf(expected, end), written);
    }

    /** On a machine of tests the answer is nearly always no; what counts is that it is one, and that nothing stays behind. */
    @Test
    void mapping_ofADirectory_worksOrIsRefusedWithAReason() throws IOException {
        String refusal = Disk.local().mappingRefusal(directory);
        Path path = directory.resolve("file");
        byte[] content = new byte[PAGE + 100];
        new Random(3).nextBytes(content);
        Files.write(path, content);
        try (Arena arena = Arena.ofConfined()) {
            if (refusal.isEmpty()) {
                assertArrayEquals(content, Disk.local().map(path, arena).toArray(ValueLayout.JAVA_BYTE));
            } else {
                assertThrows(IOException.class, () -> Disk.local().map(path, arena));
            }
        }
        assertEquals(List.of(path), Disk.local().list(directory));
        String missing = Disk.local().mappingRefusal(directory.resolve("nowhere"));
        assertTrue(missing.contains("nowhere"), missing);
    }

    /** A disk that is full takes no file to try it with, and has some as a rule. */
    @Test
    void mapping_ofADirectoryWithFiles_isTriedWithoutWriting() throws IOException {
        Files.write(directory.resolve("file"), new byte[] {1});
        FileTime before = FileTime.from(Instant.parse("2026-01-01T00:00:00Z"));
        Files.setLastModifiedTime(directory, before);
        String refusal = Disk.local().mappingRefusal(directory);
        assertEquals(before, Files.getLastModifiedTime(directory), refusal);
    }

    @Test
    void mapping_afterACrashInTheMiddleOfBefore_removesWhatItLeft() throws IOException {
        Files.write(directory.resolve("mapping.tmp"), new byte[PAGE]);
        String refusal = Disk.local().mappingRefusal(directory);
        assertEquals(List.of(), Disk.local().list(directory), refusal);
    }

    private static ByteBuffer piece(Random random, int inPage, int bytes) {
        byte[] content = new byte[bytes];
        random.nextBytes(content);
        int from = random.nextInt(4) == 0 ? random.nextInt(PAGE) : inPage;
        ByteBuffer memory = ByteBuffer.allocateDirect(bytes + 3 * PAGE).alignedSlice(PAGE);
        memory.position(from).put(content);
        return memory.position(from).limit(from + bytes);
    }
}
