package dev.millrace.fuzz;

import com.code_intelligence.jazzer.api.FuzzedDataProvider;
import dev.millrace.model.MillraceException;
import dev.millrace.runtime.Clock;
import dev.millrace.storage.cipher.MasterKey;
import dev.millrace.storage.personal.KeyTable;
import dev.millrace.storage.personal.SubjectId;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.file.Path;
import java.util.List;
import java.util.zip.CRC32C;

/** A key file is changed; the table is opened, asked and written to. */
public final class KeyTableTarget {
    private static final MasterKey MASTER = MasterKey.parse("5a".repeat(32));
    private static final int HEADER = 4096;
    private static final int RECORD = 128;
    private static final int PEOPLE = 12;
    private static final FileSet FILES = FileSet.of(KeyTableTarget::make);

    private KeyTableTarget() {}

    private static void make(Path directory) throws IOException {
        try (KeyTable table = open(directory)) {
            for (int person = 0; person < PEOPLE; person++) {
                table.admit(SubjectId.of(person));
            }
            table.drop(SubjectId.of(3));
            table.readmit(SubjectId.of(3));
            table.drop(SubjectId.of(4));
        }
    }

    private static KeyTable open(Path directory) throws IOException {
        return KeyTable.open(directory, List.of(MASTER), Clock.system());
    }

    public static void fuzzerTestOneInput(FuzzedDataProvider data) throws IOException {
        boolean fit = data.consumeBoolean();
        Path directory = FILES.write(data, (name, whole, bytes) -> {
            if (fit) {
                fit(bytes);
            }
        });
        try (KeyTable table = open(directory)) {
            for (int person = 0; person <= PEOPLE; person++) {
                use(table, SubjectId.of(person));
            }
        } catch (IOException e) {
            // Declared.
            if (e.getMessage() == null) {
                throw new AssertionError("an error that does not say what is wrong", e);
            }
        }
    }

    private static void use(KeyTable table, SubjectId person) {
        try {
            var ignored = table.receipt(person);
            var admitted = table.admit(person);
        } catch (MillraceException e) {
            // Declared.
        }
    }

    private static void fit(byte[] bytes) {
        ByteBuffer file = Change.littleEndian(bytes);
        if (bytes.length >= HEADER) {
            file.putInt(12, 0).putInt(12, Change.checksum(bytes, 0, HEADER));
        }
        for (int slot = 1, at = HEADER; at + RECORD <= bytes.length; slot++, at += RECORD) {
            CRC32C crc = new CRC32C();
            crc.update(Change.littleEndian(new byte[8]).putLong(0, slot).array());
            crc.update(bytes, at + 4, 44);
            file.putInt(at, (int) crc.getValue());
        }
    }
}
