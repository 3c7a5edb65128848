package dev.millrace.storage.personal;

import dev.millrace.storage.cipher.AesGcm;

import java.util.Arrays;

import javax.crypto.SecretKey;
import javax.crypto.spec.SecretKeySpec;

/** A person's key, unwrapped, or the reason why there is none. Immutable. */
final class UserKey {
    static final UserKey ERASED = new UserKey(PersonalOutcome.ERASED, 0, 0, false, new byte[1]);
    static final UserKey UNKNOWN = new UserKey(PersonalOutcome.UNKNOWN, 0, 0, false, new byte[1]);
    static final UserKey DAMAGED = new UserKey(PersonalOutcome.DAMAGED, 0, 0, false, new byte[1]);

    final PersonalOutcome outcome;
    final long slot;
    final long id;

    /** Values under smaller numbers were encrypted with a key that was dropped. */
    final boolean readmitted;

    final SecretKey key;

    private UserKey(PersonalOutcome outcome, long slot, long id, boolean readmitted, byte[] bits) {
        this.outcome = outcome;
        this.slot = slot;
        this.id = id;
        this.readmitted = readmitted;
        this.key = new SecretKeySpec(bits, AesGcm.ALGORITHM);
    }

    /** The bits are overwritten: the key has its own copy. */
    static UserKey of(long slot, KeyRecord record, byte[] bits) {
        UserKey key = new UserKey(PersonalOutcome.DONE, slot, record.keyId(), record.readmitted(), bits);
        Arrays.fill(bits, (byte) 0);
        return key;
    }
}
