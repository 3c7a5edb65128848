package dev.millrace.fuzz;

import com.code_intelligence.jazzer.api.FuzzedDataProvider;
import dev.millrace.storage.cold.ColdObjectWriter;
import dev.millrace.storage.cold.ColdStoreException;
import dev.millrace.storage.cold.SealedFile;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.file.Path;
import java.util.Arrays;

/** A sealed object is changed and verified as a whole. */
public final class ColdObjectTarget {
    private static final int BLOCK = 512;
    private static final int TRAILER = 80;
    private static final FileSet FILES = FileSet.of(ColdObjectTarget::make);

    private ColdObjectTarget() {}

    private static void make(Path directory) throws IOException {
        try (ColdObjectWriter writer = ColdObjectWriter.create(directory.resolve("object"), BLOCK)) {
            byte[] content = new byte[3 * BLOCK + 100];
            for (int i = 0; i < content.length; i++) {
                content[i] = (byte) (i * 31);
            }
            writer.write(ByteBuffer.wrap(content));
            writer.seal();
        }
    }

    public static void fuzzerTestOneInput(FuzzedDataProvider data) throws IOException {
        boolean fit = data.consumeBoolean();
        boolean[] changed = new boolean[1];
        Path directory = FILES.write(data, (name, whole, bytes) -> {
            changed[0] = !Arrays.equals(whole, bytes);
            if (fit) {
                fit(bytes);
            }
        });
        try {
            byte[] ignored = SealedFile.verify(directory.resolve("object"));
            if (changed[0] && !fit) {
                throw new AssertionError("a changed object passes for whole");
            }
        } catch (ColdStoreException e) {
            if (e.reason() != ColdStoreException.Reason.DAMAGED) {
                throw e;
            }
        }
    }

    /** The trailer's checksum, and that of the table as far as the trailer says where it is. */
    private static void fit(byte[] bytes) {
        int trailer = bytes.length - TRAILER;
        if (trailer < 0) {
            return;
        }
        ByteBuffer file = Change.littleEndian(bytes);
        long table = trailer - 4L * file.getInt(trailer + 24);
        if (table >= 0 && table <= trailer) {
            file.putInt(trailer + 28, Change.checksum(bytes, (int) table, trailer));
        }
        file.putInt(trailer + 68, Change.checksum(bytes, trailer, trailer + 68));
    }
}
