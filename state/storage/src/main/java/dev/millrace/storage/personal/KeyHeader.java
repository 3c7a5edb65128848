package dev.millrace.storage.personal;

import dev.millrace.model.InvalidValueException;
import dev.millrace.storage.cipher.Digests;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.Arrays;

/**
 * The head of a key file. Immutable.
 *
 * @param tableId random, the same in all generations of a table
 * @param generation grows with each rewriting
 * @param nextSequence no record before had this number or a greater one
 * @param wrapperId which master key wrapped the table key
 * @param wrapped the table key, wrapped
 * @param leastRecords so many a rewriting put into the file, and fewer are never in it; 0 where nobody said
 */
@SuppressWarnings("ArrayRecordComponent") // Never compared, never given out of the package.
record KeyHeader(
        byte[] tableId,
        long generation,
        long createdMillis,
        long nextSequence,
        String wrapperId,
        byte[] wrapped,
        long leastRecords) {
    KeyHeader {
        int idBytes = wrapperId.getBytes(StandardCharsets.UTF_8).length;
        if (idBytes == 0 || idBytes > KeyFormat.MAX_WRAPPER_BYTES) {
            throw new InvalidValueException("id of the key wrapper", "'" + wrapperId + "' must have 1 to 64 bytes");
        }
        if (wrapped.length == 0 || wrapped.length > KeyFormat.MAX_WRAPPED_BYTES) {
            throw new InvalidValueException(
                    "wrapped table key", "has " + wrapped.length + " bytes and must have 1 to 1024");
        }
    }

    /** The same, of a file that was written with so many records. */
    KeyHeader holding(long records) {
        return new KeyHeader(tableId, generation, createdMillis, nextSequence, wrapperId, wrapped, records);
    }

    byte[] encode() {
        byte[] bytes = new byte[KeyFormat.HEADER_BYTES];
        byte[] id = wrapperId.getBytes(StandardCharsets.UTF_8);
        ByteBuffer header = KeyFormat.littleEndian(bytes)
                .put(0, KeyFormat.MAGIC)
                .putInt(KeyFormat.VERSION_AT, KeyFormat.VERSION)
                .put(KeyFormat.TABLE_ID_AT, tableId)
                .putLong(KeyFormat.GENERATION_AT, generation)
                .putLong(KeyFormat.CREATED_AT, createdMillis)
                .putLong(KeyFormat.NEXT_SEQUENCE_AT, nextSequence)
                .putInt(KeyFormat.WRAPPER_LENGTH_AT, id.length)
                .putInt(KeyFormat.WRAPPED_LENGTH_AT, wrapped.length)
                .put(KeyFormat.WRAPPER_AT, id)
                .put(KeyFormat.WRAPPED_AT, wrapped)
                .putLong(KeyFormat.LEAST_RECORDS_AT, leastRecords);
        header.putInt(KeyFormat.HEADER_CRC_AT, checksum(bytes));
        return bytes;
    }

    static KeyHeader decode(Path file, byte[] bytes) throws IOException {
        ByteBuffer header = KeyFormat.littleEndian(bytes);
        boolean begins = bytes.length == KeyFormat.HEADER_BYTES
                && Arrays.equals(Arrays.copyOf(bytes, KeyFormat.MAGIC.length), KeyFormat.MAGIC);
        if (!begins || header.getInt(KeyFormat.HEADER_CRC_AT) != checksum(bytes)) {
            throw new IOException("key file " + file + " is damaged: "
                    + (begins ? "its header has a wrong checksum" : "it does not begin with MILLKEYS")
                    + ". Without it no personal value can be read: put it back from a copy");
        }
        int version = header.getInt(KeyFormat.VERSION_AT);
        if (version != KeyFormat.VERSION) {
            throw new IOException("key file " + file + " has format " + version + "; this Millrace reads format "
                    + KeyFormat.VERSION);
        }
        int idLength = header.getInt(KeyFormat.WRAPPER_LENGTH_AT);
        int wrappedLength = header.getInt(KeyFormat.WRAPPED_LENGTH_AT);
        boolean lengths = idLength >= 1
                && idLength <= KeyFormat.MAX_WRAPPER_BYTES
                && wrappedLength >= 1
                && wrappedLength <= KeyFormat.MAX_WRAPPED_BYTES;
        if (!lengths) {
            throw new IOException("key file " + file + " is damaged: it speaks of an id of " + idLength
                    + " bytes and a wrapped key of " + wrappedLength + ". Put it back from a copy");
        }
        return new KeyHeader(
                Arrays.copyOfRange(bytes, KeyFormat.TABLE_ID_AT, KeyFormat.TABLE_ID_AT + KeyFormat.TABLE_ID_BYTES),
                header.getLong(KeyFormat.GENERATION_AT),
                header.getLong(KeyFormat.CREATED_AT),
                header.getLong(KeyFormat.NEXT_SEQUENCE_AT),
                new String(bytes, KeyFormat.WRAPPER_AT, idLength, StandardCharsets.UTF_8),
                Arrays.copyOfRange(bytes, KeyFormat.WRAPPED_AT, KeyFormat.WRAPPED_AT + wrappedLength),
                header.getLong(KeyFormat.LEAST_RECORDS_AT));
    }

    private static int checksum(byte[] bytes) {
        byte[] covered = bytes.clone();
        Arrays.fill(covered, KeyFormat.HEADER_CRC_AT, KeyFormat.HEADER_CRC_AT + Integer.BYTES, (byte) 0);
        return Digests.crc32c(covered, 0, covered.length);
    }
}
