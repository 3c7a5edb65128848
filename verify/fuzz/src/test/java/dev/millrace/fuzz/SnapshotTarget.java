package dev.millrace.fuzz;

import com.code_intelligence.jazzer.api.FuzzedDataProvider;
import dev.millrace.storage.SnapshotHeader;
import dev.millrace.storage.SnapshotReader;
import dev.millrace.storage.SnapshotWriter;

import java.io.DataInputStream;
import java.io.DataOutputStream;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.file.Path;
import java.time.Instant;
import java.util.zip.CRC32C;

/** A snapshot is changed and each of its sections read to its end. */
public final class SnapshotTarget {
    private static final int PREFIX = 16;
    private static final int TRAILER = 24;
    private static final FileSet FILES = FileSet.of(SnapshotTarget::make);

    private SnapshotTarget() {}

    private static void make(Path directory) throws IOException {
        SnapshotHeader header = new SnapshotHeader("fuzz", 1, 17, Instant.ofEpochSecond(1_780_000_000L));
        try (SnapshotWriter writer = SnapshotWriter.create(directory.resolve("snapshot"), header)) {
            for (String name : new String[] {"first", "second"}) {
                try (DataOutputStream section = writer.section(name)) {
                    for (int i = 0; i < 200; i++) {
                        section.writeLong(i);
                    }
                }
            }
            writer.commit();
        }
    }

    public static void fuzzerTestOneInput(FuzzedDataProvider data) throws IOException {
        boolean fit = data.consumeBoolean();
        Path directory = FILES.write(data, (name, whole, bytes) -> {
            if (fit) {
                fit(bytes);
            }
        });
        try (SnapshotReader reader = SnapshotReader.open(directory.resolve("snapshot"))) {
            for (String name : reader.sections()) {
                readToTheEnd(reader, name, fit);
            }
        } catch (IOException e) {
            // Declared.
            if (e.getMessage() == null) {
                throw new AssertionError("an error that does not say what is wrong", e);
            }
        }
    }

    private static void readToTheEnd(SnapshotReader reader, String name, boolean fit) throws IOException {
        try (DataInputStream section = reader.section(name)) {
            byte[] bytes = section.readAllBytes();
            ByteBuffer longs = ByteBuffer.wrap(bytes);
            for (long i = 0; !fit && longs.remaining() >= Long.BYTES; i++) {
                if (longs.getLong() != i) {
                    throw new AssertionError("section " + name + " holds what nobody wrote at number " + i);
                }
            }
        }
    }

    /** The checksums of all blocks, as far as their lengths lead from one to the next. */
    private static void fit(byte[] bytes) {
        ByteBuffer file = Change.littleEndian(bytes);
        int at = PREFIX;
        while (at + 8 <= bytes.length - TRAILER) {
            int length = file.getInt(at);
            if (length < 0 || length > bytes.length - TRAILER - at - 8) {
                return;
            }
            CRC32C crc = new CRC32C();
            crc.update(ByteBuffer.allocate(12).putLong(at).putInt(length).array());
            crc.update(bytes, at + 8, length);
            file.putInt(at + 4, (int) crc.getValue());
            at += 8 + length;
        }
    }
}
