package dev.millrace.training.work;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.millrace.model.ErrorCode;
import dev.millrace.model.ItemId;
import dev.millrace.model.MillraceException;
import dev.millrace.training.bundle.TrainedModel;
import dev.millrace.training.network.ModelShape;
import dev.millrace.training.network.SequenceLayout;
import dev.millrace.training.ridge.RidgeTerm;
import dev.millrace.training.ridge.WeightedRidge;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.zip.CRC32C;

class TeacherFileTest {
    @TempDir
    Path folder;

    @Test
    void read_whatWasWritten_isTheSameModel() throws IOException {
        TrainedModel model = model();
        Path file = folder.resolve("teacher.bin");
        new TeacherFile("abc", model).write(file);
        TeacherFile read = TeacherFile.read(file);
        assertEquals("abc", read.version());
        assertEquals(model.vocabulary(), read.model().vocabulary());
        assertEquals(model.layout().shape(), read.model().layout().shape());
        assertArrayEquals(model.weights(), read.model().weights());
        WeightedRidge ridge = read.model().ridge();
        assertTrue(ridge != null && ridge.weight() == 3);
        assertArrayEquals(new float[] {5, 6, 7}, ridge.term().answers());
        assertEquals(0.2, read.model().ndcg10());
    }

    @Test
    void read_fileOfTheFirstFormat_hasTheUsualBlocks() throws IOException {
        TrainedModel model = model();
        Path file = folder.resolve("teacher.bin");
        new TeacherFile("abc", model).write(file);
        byte[] written = Files.readAllBytes(file);
        int sizes = 8 + 2 + "abc".length() + 6 * Integer.BYTES;
        int dropped = 2 * Integer.BYTES;
        ByteBuffer old = ByteBuffer.allocate(written.length - dropped);
        old.put(written, 0, sizes).put(written, sizes + dropped, written.length - sizes - dropped - Long.BYTES);
        old.putInt(4, 1);
        CRC32C checksum = new CRC32C();
        checksum.update(old.array(), 0, old.position());
        old.putLong(checksum.getValue());
        Files.write(file, old.array());
        TeacherFile read = TeacherFile.read(file);
        assertEquals(model.layout().shape(), read.model().layout().shape());
        assertArrayEquals(model.weights(), read.model().weights());
    }

    @Test
    void read_missingCutOrChangedFile_saysWhatToDo() throws IOException {
        Path file = folder.resolve("teacher.bin");
        assertRefused(ErrorCode.NOT_FOUND, file);
        new TeacherFile("abc", model()).write(file);
        byte[] good = Files.readAllBytes(file);
        for (int cut = 0; cut < good.length; cut += 7) {
            Files.write(file, java.util.Arrays.copyOf(good, cut));
            assertRefused(ErrorCode.CONFLICT, file);
        }
        for (int at = 0; at < good.length; at += 5) {
            byte[] changed = good.clone();
            changed[at] ^= 0x40;
            Files.write(file, changed);
            assertRefused(ErrorCode.CONFLICT, file);
        }
    }

    private static void assertRefused(ErrorCode code, Path file) {
        MillraceException refused = assertThrows(MillraceException.class, () -> TeacherFile.read(file));
        assertEquals(code, refused.code());
        assertTrue(String.valueOf(refused.getMessage()).contains("--role teacher"), refused.getMessage());
    }

    private static TrainedModel model() {
        SequenceLayout layout = new SequenceLayout(
                ModelShape.transformer(4, 1, 2, 3).withItemDimension(2).withReach(2), 3);
        float[] weights = new float[layout.length()];
        for (int i = 0; i < weights.length; i++) {
            weights[i] = i;
        }
        return new TrainedModel(
                List.of(new ItemId("a"), new ItemId("b"), new ItemId("ü")),
                layout,
                weights,
                new WeightedRidge(new RidgeTerm(1, new float[] {1, 2, 3}, new float[] {5, 6, 7}), 3),
                new TrainedModel.Course(0.2, 0.3, 9, List.of()));
    }
}
