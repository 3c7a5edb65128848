package dev.millrace.training.work;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotNull;
import static org.junit.jupiter.api.Assertions.assertNull;

import dev.millrace.models.CurvePoint;
import dev.millrace.training.network.AdamOptimizer;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.Random;

class CheckpointTest {
    private static final long SEED = 21;

    @TempDir
    Path directory;

    @Test
    void readIfSound_writtenCheckpoint_isTheSame() throws IOException {
        Path file = write();
        Checkpoint read = Checkpoint.readIfSound(file);
        assertNotNull(read);
        Checkpoint expected = checkpoint();
        assertEquals(expected.fingerprint(), read.fingerprint());
        assertEquals(expected.position(), read.position());
        assertEquals(expected.bestNdcg10(), read.bestNdcg10());
        assertArrayEquals(expected.weights(), read.weights());
        assertArrayEquals(expected.best(), read.best());
        assertArrayEquals(expected.optimizer().first(), read.optimizer().first());
        assertArrayEquals(expected.optimizer().second(), read.optimizer().second());
        assertEquals(expected.curve(), read.curve());
    }

    @Test
    void readIfSound_noFile_isNull() throws IOException {
        assertNull(Checkpoint.readIfSound(directory.resolve("none")));
    }

    @Test
    void readIfSound_anyTruncation_isNull() throws IOException {
        Path file = write();
        byte[] whole = Files.readAllBytes(file);
        for (int length = 0; length < whole.length; length++) {
            Files.write(file, Arrays.copyOf(whole, length));
            assertNull(Checkpoint.readIfSound(file), "cut to " + length + " bytes");
        }
    }

    @Test
    void readIfSound_anyFlippedBit_isNull() throws IOException {
        Path file = write();
        byte[] whole = Files.readAllBytes(file);
        Random random = new Random(SEED);
        for (int i = 0; i < whole.length; i++) {
            byte[] damaged = whole.clone();
            damaged[i] ^= (byte) (1 << random.nextInt(8));
            Files.write(file, damaged);
            assertNull(Checkpoint.readIfSound(file), "seed " + SEED + ", byte " + i);
        }
    }

    private Path write() throws IOException {
        Path file = directory.resolve("checkpoint.bin");
        checkpoint().write(file);
        return file;
    }

    private static Checkpoint checkpoint() {
        return new Checkpoint(
                42,
                new Checkpoint.Position(3, 17, 999, 12.5),
                0.123,
                new float[] {1, 2, 3},
                new float[] {4, 5, 6},
                new float[] {13, 14, 15},
                new AdamOptimizer.State(998, new float[] {7, 8, 9}, new float[] {10, 11, 12}),
                List.of(new CurvePoint(5, 1.5, 7.25, 0.1, 0.2)));
    }
}
