package dev.millrace.storage.cold;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.millrace.model.InvalidValueException;
import dev.millrace.runtime.Clock;
import dev.millrace.runtime.Deadline;
import dev.millrace.testkit.Seed;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

import java.io.IOException;
import java.lang.foreign.MemorySegment;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Arrays;
import java.util.HexFormat;
import java.util.Objects;
import java.util.Random;

/** Holds the bytes of a sealed object. */
class ColdObjectTest {
    private static final ColdName NAME = new ColdName("old");

    @TempDir
    private Path directory = Path.of("");

    @Test
    void read_objectOfTheFirstFormat_givesItsContent() throws IOException {
        byte[] content = content();
        MemoryColdStore store = new MemoryColdStore();
        store.putRaw(NAME, old());
        ColdReaderConfig defaults = ColdReaderConfig.defaults();
        ColdReaderConfig patient = new ColdReaderConfig(
                1 << 20,
                Duration.ofSeconds(30),
                defaults.fetchTimeout(),
                defaults.slowAfter(),
                defaults.retryAfter(),
                4,
                4);
        try (CachedColdReader reader = new CachedColdReader(store, patient, Clock.system())) {
            byte[] read = new byte[content.length];
            assertEquals(
                    ColdRead.WHOLE, reader.read(NAME, 0, read.length, MemorySegment.ofArray(read), Deadline.none()));
            assertArrayEquals(content, read);
        }
    }

    @Test
    void seal_sameContent_givesTheBytesOfTheFirstFormat() throws IOException {
        assertArrayEquals(old(), SealedContent.sealedBytes(directory, content(), 512));
    }

    @Test
    void seal_writtenInPortions_givesTheSameBytes() throws IOException {
        Random random = Seed.random("ColdObjectTest");
        byte[] content = SealedContent.random(random, 200_000);
        Path file = directory.resolve("portions");
        try (ColdObjectWriter writer = ColdObjectWriter.create(file, 512)) {
            int done = 0;
            while (done < content.length) {
                int portion = Math.min(random.nextInt(2_000), content.length - done);
                writer.write(ByteBuffer.wrap(content, done, portion));
                done += portion;
                assertEquals(done, writer.contentBytes());
            }
            writer.seal();
        }
        assertArrayEquals(SealedContent.sealedBytes(directory, content, 512), Files.readAllBytes(file));
        SealedFile.verify(file);
    }

    @Test
    void verify_garbage_isRefusedWithTheFilesName() throws IOException {
        Random random = Seed.random("ColdObjectTest");
        Path file = directory.resolve("garbage");
        for (int round = 0; round < 300; round++) {
            byte[] bytes = SealedContent.random(random, random.nextInt(400));
            if (bytes.length >= 80) {
                byte[] trailer = Arrays.copyOfRange(old(), old().length - 80, old().length);
                System.arraycopy(trailer, 0, bytes, bytes.length - 80, random.nextInt(81));
            }
            Files.write(file, bytes);
            ColdStoreException e = assertThrows(ColdStoreException.class, () -> SealedFile.verify(file));
            assertTrue(String.valueOf(e.getMessage()).contains("garbage"), e::toString);
        }
    }

    @Test
    void create_oddBlockSize_isRefused() {
        for (int bytes : new int[] {0, -512, 256, 513, 2 << 20, Integer.MIN_VALUE}) {
            assertThrows(InvalidValueException.class, () -> ColdObjectWriter.create(directory.resolve("x"), bytes));
        }
    }

    private static byte[] content() {
        byte[] content = new byte[600];
        for (int i = 0; i < content.length; i++) {
            content[i] = (byte) (i * 7 % 251);
        }
        return content;
    }

    private static byte[] old() throws IOException {
        try (var in = ColdObjectTest.class.getResourceAsStream("/cold-object-v1.hex")) {
            String hex = new String(Objects.requireNonNull(in).readAllBytes(), StandardCharsets.US_ASCII);
            return HexFormat.of().parseHex(hex.strip());
        }
    }
}
