package dev.millrace.storage.personal;

import dev.millrace.storage.cipher.AesGcm;
import dev.millrace.storage.cipher.SharedPool;
import org.jspecify.annotations.Nullable;

import java.security.SecureRandom;
import java.util.Arrays;

import javax.crypto.SecretKey;
import javax.crypto.spec.SecretKeySpec;

/**
 * The key of one generation of a key table, which wraps the people's keys and is itself wrapped by the master key. Each
 * rewriting makes a new one, so that what is left of an older file on the disk is of no use. Thread-safe.
 */
final class TableKey {
    private final SecretKey key;
    private final byte[] tableId;
    private final SharedPool<AesGcm> ciphers = new SharedPool<>(AesGcm::new);

    private TableKey(byte[] bits, byte[] tableId) {
        this.key = new SecretKeySpec(bits, AesGcm.ALGORITHM);
        this.tableId = tableId;
    }

    /** The bits are overwritten: the key has its own copy. */
    static TableKey of(byte[] bits, byte[] tableId) {
        TableKey made = new TableKey(bits, tableId);
        Arrays.fill(bits, (byte) 0);
        return made;
    }

    static byte[] randomBits(SecureRandom random) {
        byte[] bits = new byte[AesGcm.KEY_BYTES];
        random.nextBytes(bits);
        return bits;
    }

    byte[] wrap(byte[] bits, long keyId, SubjectId subject) {
        AesGcm cipher = ciphers.borrow();
        try {
            return cipher.seal(key, KeyFormat.keyContext(tableId, keyId, subject), bits);
        } finally {
            ciphers.giveBack(cipher);
        }
    }

    /** @return {@code null} when the record holds no key, or not one that was wrapped for this person in this table */
    byte @Nullable [] unwrap(KeyRecord record) {
        AesGcm cipher = ciphers.borrow();
        try {
            return cipher.open(key, KeyFormat.keyContext(tableId, record.keyId(), record.subject()), record.sealed());
        } finally {
            ciphers.giveBack(cipher);
        }
    }
}
