package dev.millrace.storage.personal;

import dev.millrace.storage.cipher.Digests;
import org.jspecify.annotations.Nullable;

import java.nio.ByteBuffer;
import java.util.Arrays;

/**
 * One record of a key file: a person's key, or the drop of one. Immutable.
 *
 * @param keyId the key's number, or that of the key that was dropped: 0 when there was none
 * @param sealed the wrapped key; empty for a drop, and for a key that was overwritten or is damaged
 */
@SuppressWarnings("ArrayRecordComponent") // Never compared, never given out of the package.
record KeyRecord(
        byte kind, boolean readmitted, long sequence, SubjectId subject, long millis, long keyId, byte[] sealed) {
    static KeyRecord key(long sequence, SubjectId subject, long millis, boolean readmitted, byte[] sealed) {
        return new KeyRecord(KeyFormat.KEY, readmitted, sequence, subject, millis, sequence, sealed);
    }

    static KeyRecord drop(long sequence, SubjectId subject, long millis, long keyId) {
        return new KeyRecord(KeyFormat.DROP, false, sequence, subject, millis, keyId, new byte[0]);
    }

    boolean isKey() {
        return kind == KeyFormat.KEY;
    }

    byte[] encode(long slot) {
        byte[] bytes = new byte[KeyFormat.RECORD_BYTES];
        ByteBuffer record = KeyFormat.littleEndian(bytes);
        record.put(KeyFormat.KIND_AT, kind)
                .put(KeyFormat.FLAGS_AT, readmitted ? KeyFormat.READMITTED : 0)
                .putLong(KeyFormat.SEQUENCE_AT, sequence)
                .putLong(KeyFormat.HIGH_AT, subject.high())
                .putLong(KeyFormat.LOW_AT, subject.low())
                .putLong(KeyFormat.MILLIS_AT, millis)
                .putLong(KeyFormat.KEY_ID_AT, keyId)
                .putInt(KeyFormat.CRC_AT, KeyFormat.checksum(slot, bytes));
        if (sealed.length > 0) {
            record.put(KeyFormat.SEALED_AT, sealed)
                    .putInt(KeyFormat.SECRET_CRC_AT, Digests.crc32c(sealed, 0, sealed.length));
        }
        return bytes;
    }

    /** @return {@code null} when the record is not whole; a damaged secret alone leaves one without a key */
    static @Nullable KeyRecord decode(long slot, byte[] bytes) {
        ByteBuffer record = KeyFormat.littleEndian(bytes);
        byte kind = record.get(KeyFormat.KIND_AT);
        if (record.getInt(KeyFormat.CRC_AT) != KeyFormat.checksum(slot, bytes)
                || (kind != KeyFormat.KEY && kind != KeyFormat.DROP)) {
            return null;
        }
        byte[] sealed = Arrays.copyOfRange(bytes, KeyFormat.SEALED_AT, KeyFormat.SEALED_AT + KeyFormat.SEALED_BYTES);
        boolean whole = kind == KeyFormat.KEY
                && record.getInt(KeyFormat.SECRET_CRC_AT) == Digests.crc32c(sealed, 0, sealed.length);
        return new KeyRecord(
                kind,
                record.get(KeyFormat.FLAGS_AT) == KeyFormat.READMITTED,
                record.getLong(KeyFormat.SEQUENCE_AT),
                new SubjectId(record.getLong(KeyFormat.HIGH_AT), record.getLong(KeyFormat.LOW_AT)),
                record.getLong(KeyFormat.MILLIS_AT),
                record.getLong(KeyFormat.KEY_ID_AT),
                whole ? sealed : new byte[0]);
    }
}
