package dev.millrace.storage.disk;

import static org.junit.jupiter.api.Assertions.assertEquals;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

import java.io.IOException;
import java.io.RandomAccessFile;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;

/** What a load that is broken off leaves; how a whole one reads, {@code MappedSegmentsTest} shows. */
final class SharedFileTest {
    private static final int PAGE = 4096;
    private static final int ROUNDS = 20_000;

    @TempDir
    private Path directory;

    /** Of the same record, what was read before would fit its checksum: nobody would see that the device did not answer. */
    @Test
    void load_thatIsBrokenOff_leavesNothingOfTheReadBefore() throws IOException {
        Path path = directory.resolve("file");
        byte[] content = new byte[2 * PAGE];
        Arrays.fill(content, (byte) 7);
        Files.write(path, content);
        SharedFile file = SharedFile.map(path, new PlainMappingDisk());
        try (Arena arena = Arena.ofConfined()) {
            MemorySegment pages = arena.allocate(2 * PAGE, PAGE);
            assertEquals(PAGE + 512, file.read(pages.address(), 0, PAGE + 512, 0));
            assertEquals(7, pages.get(ValueLayout.JAVA_BYTE, PAGE + 511));
            try (RandomAccessFile cut = new RandomAccessFile(path.toFile(), "rw")) {
                cut.setLength(PAGE);
            }
            // Often enough that the copying code is compiled, in which the JVM meets the signal in another way.
            for (int round = 0; round < ROUNDS; round++) {
                pages.fill((byte) 7);
                readBrokenOff(file, pages);
                assertEquals(0, pages.get(ValueLayout.JAVA_BYTE, PAGE + 511), "round " + round);
            }
        } finally {
            file.leave();
        }
    }

    private static void readBrokenOff(SharedFile file, MemorySegment pages) throws IOException {
        try {
            int ignored = file.read(pages.address(), 0, PAGE + 512, 0);
            // The JVM tells of the signal when the thread comes to it next, at a call like this at the latest.
            Thread.yield();
        } catch (InternalError e) {
            // As it should be.
        }
    }
}
