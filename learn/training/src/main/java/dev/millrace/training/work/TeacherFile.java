package dev.millrace.training.work;

import dev.millrace.model.ErrorCode;
import dev.millrace.model.ItemId;
import dev.millrace.model.MillraceException;
import dev.millrace.training.bundle.TrainedModel;
import dev.millrace.training.network.BlockSize;
import dev.millrace.training.network.MixingKind;
import dev.millrace.training.network.ModelShape;
import dev.millrace.training.network.SequenceLayout;
import dev.millrace.training.ridge.RidgeTerm;
import dev.millrace.training.ridge.WeightedRidge;
import org.jspecify.annotations.Nullable;

import java.io.BufferedInputStream;
import java.io.BufferedOutputStream;
import java.io.DataInputStream;
import java.io.DataOutputStream;
import java.io.EOFException;
import java.io.FileInputStream;
import java.io.FileOutputStream;
import java.io.IOException;
import java.io.UTFDataFormatException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.zip.CRC32C;
import java.util.zip.CheckedInputStream;
import java.util.zip.CheckedOutputStream;

/**
 * A trained model kept for its students: what a bundle holds as graphs, as plain weights that can be asked many questions at
 * once. Immutable by convention.
 *
 * <p>Format: {@code docs/formats/training-checkpoint.md}.
 *
 * @param version of the bundle that was written of it, for the lineage of its students
 */
public record TeacherFile(String version, TrainedModel model) {
    private static final int MAGIC = 0x4D52544D; // "MRTM"
    private static final int FORMAT = 2;

    /** Before blocks had a size of their own. */
    private static final int OLDEST_FORMAT = 1;

    /** Replaces the file in one step. */
    public void write(Path file) throws IOException {
        Path temporary = file.resolveSibling(file.getFileName() + ".next");
        try (FileOutputStream target = new FileOutputStream(temporary.toFile())) {
            CheckedOutputStream checked =
                    new CheckedOutputStream(new BufferedOutputStream(target, 1 << 16), new CRC32C());
            DataOutputStream out = new DataOutputStream(checked);
            writeBody(out);
            out.writeLong(checked.getChecksum().getValue());
            out.flush();
            target.getFD().sync();
        }
        Files.move(temporary, file, StandardCopyOption.ATOMIC_MOVE);
    }

    /** @throws MillraceException (NOT_FOUND) when there is none, (CONFLICT) when it is damaged or of another version */
    public static TeacherFile read(Path file) throws IOException {
        if (!Files.exists(file)) {
            throw new MillraceException(
                    ErrorCode.NOT_FOUND,
                    "a student learns from a teacher, and there is no '" + file
                            + "'; train one first with --role teacher");
        }
        try (CheckedInputStream checked = new CheckedInputStream(
                new BufferedInputStream(new FileInputStream(file.toFile()), 1 << 16), new CRC32C())) {
            DataInputStream in = new DataInputStream(checked);
            int format = in.readInt() == MAGIC ? in.readInt() : 0;
            if (format >= OLDEST_FORMAT && format <= FORMAT) {
                TeacherFile teacher = readBody(in, format, Files.size(file));
                long computed = checked.getChecksum().getValue();
                if (in.readLong() == computed) {
                    return teacher;
                }
            }
        } catch (EOFException | UTFDataFormatException | IllegalArgumentException e) {
            // Cut or damaged: the same answer as for a wrong checksum.
        }
        throw new MillraceException(
                ErrorCode.CONFLICT,
                "'" + file
                        + "' is damaged or of another version of Millrace; train the teacher again with --role teacher");
    }

    private void writeBody(DataOutputStream out) throws IOException {
        ModelShape shape = model.layout().shape();
        out.writeInt(MAGIC);
        out.writeInt(FORMAT);
        out.writeUTF(version);
        for (int size : List.of(
                shape.dimension(),
                shape.layers(),
                shape.block().heads(),
                shape.historyLength(),
                shape.reach(),
                shape.itemDimension(),
                shape.block().headDimension(),
                shape.block().feedForward())) {
            out.writeInt(size);
        }
        out.writeUTF(shape.mixing().toString());
        out.writeInt(model.vocabulary().size());
        for (ItemId item : model.vocabulary()) {
            out.writeUTF(item.value());
        }
        int length = new SequenceLayout(shape, model.vocabulary().size()).length();
        writeFloats(out, Arrays.copyOf(model.weights(), length));
        WeightedRidge ridge = model.ridge();
        out.writeInt(ridge == null ? 0 : ridge.term().rank());
        if (ridge != null) {
            out.writeFloat(ridge.weight());
            writeFloats(out, ridge.term().votes());
            writeFloats(out, ridge.term().answers());
        }
        out.writeDouble(model.ndcg10());
        out.writeDouble(model.hr10());
        out.writeDouble(model.course().cpuSeconds());
    }

    private static TeacherFile readBody(DataInputStream in, int format, long fileBytes) throws IOException {
        String version = in.readUTF();
        ModelShape shape = readShape(in, format);
        int items = within(in.readInt(), fileBytes);
        List<ItemId> vocabulary = new ArrayList<>(items);
        for (int i = 0; i < items; i++) {
            vocabulary.add(new ItemId(in.readUTF()));
        }
        SequenceLayout layout = new SequenceLayout(shape, items);
        float[] weights = readFloats(in, layout.length(), fileBytes);
        WeightedRidge ridge = readRidge(in, items, fileBytes);
        TrainedModel.Course course =
                new TrainedModel.Course(in.readDouble(), in.readDouble(), in.readDouble(), List.of());
        return new TeacherFile(version, new TrainedModel(vocabulary, layout, weights, ridge, course));
    }

    private static ModelShape readShape(DataInputStream in, int format) throws IOException {
        int dimension = in.readInt();
        int layers = in.readInt();
        int heads = in.readInt();
        int historyLength = in.readInt();
        int reach = in.readInt();
        int itemDimension = in.readInt();
        BlockSize block = format == OLDEST_FORMAT
                ? BlockSize.of(dimension, heads)
                : new BlockSize(heads, in.readInt(), in.readInt());
        return new ModelShape(
                dimension, layers, block, historyLength, reach, itemDimension, MixingKind.named(in.readUTF()));
    }

    private static @Nullable WeightedRidge readRidge(DataInputStream in, int items, long fileBytes) throws IOException {
        int rank = within(in.readInt(), fileBytes);
        if (rank == 0) {
            return null;
        }
        float weight = in.readFloat();
        int length = Math.toIntExact(Math.min(Integer.MAX_VALUE, (long) items * rank));
        return new WeightedRidge(
                new RidgeTerm(rank, readFloats(in, length, fileBytes), readFloats(in, length, fileBytes)), weight);
    }

    private static void writeFloats(DataOutputStream out, float[] values) throws IOException {
        for (float value : values) {
            out.writeFloat(value);
        }
    }

    private static float[] readFloats(DataInputStream in, int length, long fileBytes) throws IOException {
        float[] values = new float[within(length, fileBytes / Float.BYTES)];
        for (int i = 0; i < values.length; i++) {
            values[i] = in.readFloat();
        }
        return values;
    }

    /** A length is believed only when the file can hold it: a damaged one must not exhaust the memory. */
    private static int within(int length, long limit) {
        if (length < 0 || length > limit) {
            throw new IllegalArgumentException("a length of " + length + " in a file of " + limit);
        }
        return length;
    }
}
