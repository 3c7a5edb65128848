package dev.millrace.storage.personal;

import dev.millrace.storage.cipher.AesGcm;
import dev.millrace.storage.cipher.Digests;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;

/**
 * The bytes of a key file, as docs/formats/personal-keys.md draws them: a header that holds the table key, wrapped by the
 * master key, and records of equal size, each a person's key wrapped by the table key, or the drop of one.
 */
final class KeyFormat {
    static final int VERSION = 1;
    static final byte[] MAGIC = "MILLKEYS".getBytes(StandardCharsets.US_ASCII);

    static final int HEADER_BYTES = 4096;
    static final int VERSION_AT = 8;
    static final int HEADER_CRC_AT = 12;
    static final int TABLE_ID_AT = 16;
    static final int TABLE_ID_BYTES = 16;
    static final int GENERATION_AT = 32;
    static final int CREATED_AT = 40;
    static final int NEXT_SEQUENCE_AT = 48;
    static final int WRAPPER_LENGTH_AT = 56;
    static final int WRAPPED_LENGTH_AT = 60;
    static final int WRAPPER_AT = 64;
    static final int MAX_WRAPPER_BYTES = 64;
    static final int WRAPPED_AT = 128;
    static final int MAX_WRAPPED_BYTES = 1024;
    static final int LEAST_RECORDS_AT = WRAPPED_AT + MAX_WRAPPED_BYTES;

    static final int RECORD_BYTES = 128;
    static final int CRC_AT = 0;
    static final int KIND_AT = 4;
    static final int FLAGS_AT = 5;
    static final int SEQUENCE_AT = 8;
    static final int HIGH_AT = 16;
    static final int LOW_AT = 24;
    static final int MILLIS_AT = 32;
    static final int KEY_ID_AT = 40;

    /** From here to its end, a key's record is overwritten with zeros when the key is dropped. */
    static final int SECRET_AT = 48;

    static final int SECRET_CRC_AT = 48;
    static final int SEALED_AT = 64;
    static final int SEALED_BYTES = AesGcm.KEY_BYTES + AesGcm.OVERHEAD_BYTES;
    static final int SECRET_BYTES = RECORD_BYTES - SECRET_AT;

    static final byte KEY = 1;
    static final byte DROP = 2;

    /** The person had a key before, which was dropped. */
    static final byte READMITTED = 1;

    private KeyFormat() {}

    static ByteBuffer littleEndian(byte[] bytes) {
        return ByteBuffer.wrap(bytes).order(ByteOrder.LITTLE_ENDIAN);
    }

    static long positionOf(long slot) {
        return HEADER_BYTES + (slot - 1) * RECORD_BYTES;
    }

    /** Covers the record's place, so that an exchanged one is found, and not its secret, which is overwritten once. */
    static int checksum(long slot, byte[] record) {
        byte[] covered = new byte[Long.BYTES + SECRET_AT - KIND_AT];
        littleEndian(covered).putLong(0, slot);
        System.arraycopy(record, KIND_AT, covered, Long.BYTES, SECRET_AT - KIND_AT);
        return Digests.crc32c(covered, 0, covered.length);
    }

    /** What is authenticated with a wrapped key: it is of no use under another number or for another person. */
    static byte[] keyContext(byte[] tableId, long keyId, SubjectId subject) {
        byte[] context = Arrays.copyOf(tableId, TABLE_ID_BYTES + 3 * Long.BYTES);
        littleEndian(context)
                .putLong(TABLE_ID_BYTES, keyId)
                .putLong(TABLE_ID_BYTES + 8, subject.high())
                .putLong(TABLE_ID_BYTES + 16, subject.low());
        return context;
    }
}
