package dev.millrace.kernels;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

import java.io.IOException;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.Random;

/** Reads of one page each, one by one and by ring, against the plain file. */
class DirectFileTest {
    private static final int PAGE = DirectFile.ALIGNMENT;
    private static final int PAGES = 300;

    @TempDir
    private Path directory;

    @Test
    void write_ofWholePages_isWhatAPlainReadGives() throws IOException {
        byte[] content = content(8 * PAGE);
        Path path = Files.createFile(directory.resolve("written"));
        try (Arena arena = Arena.ofConfined();
                DirectFile file = DirectFile.openForWriting(path)) {
            MemorySegment memory = arena.allocate(content.length, PAGE);
            memory.copyFrom(MemorySegment.ofArray(content));
            assertEquals(content.length, file.write(memory.address(), content.length, 0));
        }
        assertArrayEquals(content, Files.readAllBytes(path));
    }

    @Test
    void write_toAFileForReading_saysWhat() throws IOException {
        Path path = file(PAGE);
        try (Arena arena = Arena.ofConfined();
                DirectFile file = DirectFile.open(path)) {
            MemorySegment memory = arena.allocate(PAGE, PAGE);
            Exception e = assertThrows(Exception.class, () -> file.write(memory.address(), PAGE, 0));
            assertTrue(String.valueOf(e.getMessage()).contains(path.toString()), e.toString());
        }
    }

    /** More reads than the ring is deep, in any order, the last of them beyond the end. */
    @Test
    void ring_ofManyReads_givesWhatReadingOneByOneGives() throws IOException {
        Path path = file(PAGES * PAGE + 100);
        ReadRing ring = ReadRing.open();
        assumeTrue(ring != null, "this system has no io_uring");
        Random random = new Random(7);
        try (Arena arena = Arena.ofConfined();
                DirectFile file = DirectFile.open(path)) {
            MemorySegment alone = arena.allocate(PAGE, PAGE);
            MemorySegment together = arena.allocate((long) PAGES * PAGE, PAGE);
            ReadRing.Reads reads = new ReadRing.Reads(PAGES);
            long[] positions = new long[PAGES];
            int[] results = new int[PAGES];
            for (int round = 0; round < 5; round++) {
                reads.clear();
                int count = 1 + random.nextInt(PAGES);
                for (int i = 0; i < count; i++) {
                    positions[i] = (long) random.nextInt(PAGES + 2) * PAGE;
                    int ignored = reads.add(file, together.address() + (long) i * PAGE, PAGE, positions[i]);
                }
                readAll(ring, reads, results, random);
                for (int i = 0; i < count; i++) {
                    int bytes = file.read(alone.address(), PAGE, positions[i]);
                    assertEquals(bytes, results[i], "at " + positions[i]);
                    assertEquals(
                            -1,
                            alone.asSlice(0, bytes).mismatch(together.asSlice((long) i * PAGE, bytes)),
                            "read " + i);
                }
            }
        } finally {
            ring.close();
        }
    }

    @Test
    void ring_ofAReadThatFails_saysSoAndReadsTheOthers() throws IOException {
        Path path = file(2 * PAGE);
        ReadRing ring = ReadRing.open();
        assumeTrue(ring != null, "this system has no io_uring");
        try (Arena arena = Arena.ofConfined();
                DirectFile file = DirectFile.open(path);
                DirectFile unreadable = DirectFile.openForWriting(path)) {
            MemorySegment memory = arena.allocate(2L * PAGE, PAGE);
            ReadRing.Reads reads = new ReadRing.Reads(2);
            int bad = reads.add(unreadable, memory.address(), PAGE, 0);
            int good = reads.add(file, memory.address() + PAGE, PAGE, PAGE);
            int[] results = new int[2];
            readAll(ring, reads, results, new Random(5));
            assertEquals(-1, results[bad]);
            assertEquals(PAGE, results[good]);
            assertEquals(content(2 * PAGE)[PAGE + 5], memory.get(ValueLayout.JAVA_BYTE, PAGE + 5));
        } finally {
            ring.close();
        }
    }

    /** Takes reads up in portions: each of them once. */
    private static void readAll(ReadRing ring, ReadRing.Reads reads, int[] results, Random random) throws IOException {
        Arrays.fill(results, Integer.MIN_VALUE);
        boolean[] seen = new boolean[reads.count()];
        int[] ended = new int[reads.count()];
        ring.begin(reads);
        int left = reads.count();
        while (left > 0) {
            assertEquals(left, ring.left());
            int least = 1 + random.nextInt(PAGES);
            int count = ring.await(least, ended, results);
            assertTrue(count >= Math.min(least, left), count + " of at least " + least + " of " + left);
            for (int i = 0; i < count; i++) {
                assertFalse(seen[ended[i]], "read " + ended[i] + " ended twice");
                seen[ended[i]] = true;
            }
            left -= count;
        }
        assertEquals(0, ring.await(1, ended, results));
    }

    @Test
    void ring_withReadsUnderWay_refusesOthers() throws IOException {
        Path path = file(2 * PAGE);
        ReadRing ring = ReadRing.open();
        assumeTrue(ring != null, "this system has no io_uring");
        try (Arena arena = Arena.ofConfined();
                DirectFile file = DirectFile.open(path)) {
            MemorySegment memory = arena.allocate(PAGE, PAGE);
            ReadRing.Reads reads = new ReadRing.Reads(1);
            int ignored = reads.add(file, memory.address(), PAGE, PAGE);
            ring.begin(reads);
            assertThrows(IllegalStateException.class, () -> ring.begin(reads));
            assertEquals(1, ring.await(1, new int[1], new int[1]));
            ring.begin(reads);
            assertEquals(1, ring.await(1, new int[1], new int[1]));
        } finally {
            ring.close();
        }
    }

    @Test
    void open_ofWhatCannotBeOpened_saysWhy() throws IOException {
        Path missing = directory.resolve("missing");
        NoSuchFileException none = assertThrows(NoSuchFileException.class, () -> DirectFile.open(missing));
        assertEquals(missing.toString(), none.getFile());
        Path loop = Files.createSymbolicLink(directory.resolve("loop"), Path.of("loop"));
        IOException refused = assertThrows(IOException.class, () -> DirectFile.open(loop));
        assertTrue(refused.getMessage().contains("symbolic links"), refused.getMessage());
    }

    private Path file(int bytes) throws IOException {
        return Files.write(directory.resolve("file"), content(bytes));
    }

    private static byte[] content(int bytes) {
        byte[] content = new byte[bytes];
        new Random(3).nextBytes(content);
        return content;
    }
}
