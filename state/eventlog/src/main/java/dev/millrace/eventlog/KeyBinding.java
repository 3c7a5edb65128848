package dev.millrace.eventlog;

import dev.millrace.model.ErrorCode;
import dev.millrace.model.MillraceException;
import dev.millrace.storage.personal.KeyConfig;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardOpenOption;

/**
 * Says which key table encrypts a log: with another one, every event of a user would be unreadable, and the state without users
 * would look like a right one.
 */
final class KeyBinding {
    static final String FILE = "key-table";

    private KeyBinding() {}

    /** Whether the log of a directory is bound to a key table. */
    static boolean isBound(Path directory) {
        return Files.exists(directory.resolve(FILE));
    }

    /**
     * Binds the log of a directory to a key table, or holds it to what it was bound to.
     *
     * @throws MillraceException STORAGE_FAILED where that is another
     */
    static void bind(Path directory, EventCipher cipher) throws IOException {
        Path file = directory.resolve(FILE);
        if (Files.exists(file)) {
            require(file, cipher);
            return;
        }
        Path unfinished = directory.resolve(FILE + ".writing");
        try (FileChannel out = FileChannel.open(
                unfinished,
                StandardOpenOption.CREATE,
                StandardOpenOption.WRITE,
                StandardOpenOption.TRUNCATE_EXISTING)) {
            out.write(ByteBuffer.wrap((cipher.tableId() + "\n").getBytes(StandardCharsets.US_ASCII)));
            out.force(true);
        }
        Files.move(unfinished, file, StandardCopyOption.ATOMIC_MOVE);
        try (FileChannel opened = FileChannel.open(directory, StandardOpenOption.READ)) {
            opened.force(true);
        }
    }

    /** @throws MillraceException STORAGE_FAILED where the log is bound to another table */
    static void check(Path directory, EventCipher cipher) throws IOException {
        Path file = directory.resolve(FILE);
        if (Files.exists(file)) {
            require(file, cipher);
        }
    }

    /** @throws MillraceException STORAGE_FAILED where a log is encrypted and is to be opened for writing without keys */
    static void requireUnbound(Path directory) {
        if (isBound(directory)) {
            throw new MillraceException(
                    ErrorCode.STORAGE_FAILED,
                    "the log " + directory + " encrypts events of users; open it with its key table");
        }
    }

    /** @throws MillraceException STORAGE_FAILED where a log is encrypted and there is no key table */
    static void requireKeys(Path directory, KeyConfig keys) {
        try {
            Path file = directory.resolve(FILE);
            if (!Files.exists(file) || keys.hasTable()) {
                return;
            }
            throw new MillraceException(
                    ErrorCode.STORAGE_FAILED,
                    "the log " + directory + " was encrypted with key table "
                            + Files.readString(file, StandardCharsets.US_ASCII).strip() + ", and there is none in "
                            + keys.directory()
                            + "; put this folder back from a copy: without it nothing of users can be read, and other keys"
                            + " would not help");
        } catch (IOException e) {
            throw LogFailures.io("looking for the keys of", directory, e);
        }
    }

    private static void require(Path file, EventCipher cipher) throws IOException {
        String bound = Files.readString(file, StandardCharsets.US_ASCII).strip();
        if (!bound.equals(cipher.tableId())) {
            throw new MillraceException(
                    ErrorCode.STORAGE_FAILED,
                    "the log " + file.getParent() + " was encrypted with key table " + bound
                            + ", but the keys given are of table " + cipher.tableId()
                            + "; put back the key files that belong to this log");
        }
    }
}
