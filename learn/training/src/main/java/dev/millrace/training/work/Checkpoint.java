package dev.millrace.training.work;

import dev.millrace.models.CurvePoint;
import dev.millrace.training.network.AdamOptimizer;
import org.jspecify.annotations.Nullable;

import java.io.BufferedInputStream;
import java.io.BufferedOutputStream;
import java.io.DataInputStream;
import java.io.DataOutputStream;
import java.io.FileInputStream;
import java.io.FileOutputStream;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.util.ArrayList;
import java.util.List;
import java.util.zip.CRC32C;
import java.util.zip.CheckedInputStream;
import java.util.zip.CheckedOutputStream;

/**
 * All that a training run needs to go on after its process ended. Immutable by convention.
 *
 * <p>Format: {@code docs/formats/training-checkpoint.md}.
 *
 * @param fingerprint of data and configuration; a checkpoint of another run is ignored
 * @param weights the present weights, in the order of the layout
 * @param best the weights of the best validation so far
 * @param average the weights averaged over the newest steps; the present ones where none are averaged
 */
@SuppressWarnings("ArrayRecordComponent") // large, and never compared
public record Checkpoint(
        long fingerprint,
        Position position,
        double bestNdcg10,
        float[] weights,
        float[] best,
        float[] average,
        AdamOptimizer.State optimizer,
        List<CurvePoint> curve) {
    private static final int MAGIC = 0x4D52434B; // "MRCK"
    private static final int VERSION = 2;

    /** How far a run is. */
    public record Position(long epoch, int batch, long step, double cpuSeconds) {}

    /** Replaces the file in one step: a crash leaves the old checkpoint or the new one. */
    public void write(Path file) throws IOException {
        Path temporary = file.resolveSibling(file.getFileName() + ".next");
        // Not a channel: interrupting the training thread must not cut the checkpoint that it asks for.
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

    /** The checkpoint in a file; null when there is none, or it is cut, damaged or of another version. */
    public static @Nullable Checkpoint readIfSound(Path file) throws IOException {
        if (!Files.exists(file)) {
            return null;
        }
        try (CheckedInputStream checked = new CheckedInputStream(
                new BufferedInputStream(new FileInputStream(file.toFile()), 1 << 16), new CRC32C())) {
            DataInputStream in = new DataInputStream(checked);
            long limit = Files.size(file);
            if (in.readInt() != MAGIC || in.readInt() != VERSION) {
                return null;
            }
            Checkpoint checkpoint = readBody(in, limit);
            long computed = checked.getChecksum().getValue();
            return in.readLong() == computed ? checkpoint : null;
        } catch (java.io.EOFException | UnsoundException e) {
            return null; // a crash during the very first write, or a damaged file: the run starts anew
        }
    }

    private void writeBody(DataOutputStream out) throws IOException {
        out.writeInt(MAGIC);
        out.writeInt(VERSION);
        out.writeLong(fingerprint);
        out.writeLong(position.epoch());
        out.writeInt(position.batch());
        out.writeLong(position.step());
        out.writeDouble(position.cpuSeconds());
        out.writeDouble(bestNdcg10);
        out.writeLong(optimizer.steps());
        out.writeInt(weights.length);
        for (float[] array : List.of(weights, best, average, optimizer.first(), optimizer.second())) {
            for (float value : array) {
                out.writeFloat(value);
            }
        }
        out.writeInt(curve.size());
        for (CurvePoint point : curve) {
            out.writeLong(point.step());
            out.writeDouble(point.cpuSeconds());
            out.writeDouble(point.loss());
            out.writeDouble(point.ndcg10());
            out.writeDouble(point.hr10());
        }
    }

    private static Checkpoint readBody(DataInputStream in, long fileBytes) throws IOException {
        long fingerprint = in.readLong();
        Position position = new Position(in.readLong(), in.readInt(), in.readLong(), in.readDouble());
        double bestNdcg10 = in.readDouble();
        long optimizerSteps = in.readLong();
        int length = within(in.readInt(), fileBytes / (5L * Float.BYTES));
        float[] weights = floats(in, length);
        float[] best = floats(in, length);
        float[] average = floats(in, length);
        AdamOptimizer.State optimizer = new AdamOptimizer.State(optimizerSteps, floats(in, length), floats(in, length));
        int points = within(in.readInt(), fileBytes / (5L * Double.BYTES));
        List<CurvePoint> curve = new ArrayList<>();
        for (int i = 0; i < points; i++) {
            curve.add(
                    new CurvePoint(in.readLong(), in.readDouble(), in.readDouble(), in.readDouble(), in.readDouble()));
        }
        return new Checkpoint(fingerprint, position, bestNdcg10, weights, best, average, optimizer, curve);
    }

    /** A length is believed only when the file can hold it: a damaged one must not exhaust the memory. */
    private static int within(int length, long limit) {
        if (length < 0 || length > limit) {
            throw new UnsoundException();
        }
        return length;
    }

    private static float[] floats(DataInputStream in, int length) throws IOException {
        float[] values = new float[length];
        for (int i = 0; i < length; i++) {
            values[i] = in.readFloat();
        }
        return values;
    }

    /** The file contradicts itself. */
    private static final class UnsoundException extends RuntimeException {
        private static final long serialVersionUID = 1L;
    }
}
