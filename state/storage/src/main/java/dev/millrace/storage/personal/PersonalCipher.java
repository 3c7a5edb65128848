package dev.millrace.storage.personal;

import dev.millrace.model.InvalidValueException;
import dev.millrace.storage.cipher.AesGcm;
import dev.millrace.storage.cipher.SharedPool;

import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.ByteOrder;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collection;
import java.util.List;

/**
 * Encrypts and decrypts the values of tables marked personal: AES-256-GCM with the person's own key, bound to the value's
 * place.
 *
 * <pre>
 *  0            7    8           20           20 + n     36 + n
 * +-------------+---+-----------+------------+----------+
 * | key id u56  | 1 | nonce     | ciphertext | tag      |
 * +-------------+---+-----------+------------+----------+
 * </pre>
 *
 * <p>The first eight bytes, little-endian, are the number of the key with the format's version in the highest. They are
 * authenticated, with table, row and version of the {@link ValuePlace}. {@link AesGcm} says why no nonce repeats.
 *
 * <p>Thread-safe; takes no lock, but for a person's first value, which waits until their key is on disk.
 */
public final class PersonalCipher {
    /** What an encrypted value has more than the plain one. */
    public static final int OVERHEAD_BYTES = Long.BYTES + AesGcm.OVERHEAD_BYTES;

    /** Larger values belong into an object of their own. */
    public static final int MAX_VALUE_BYTES = 16 << 20;

    private static final ValueLayout.OfByte BYTES = ValueLayout.JAVA_BYTE;
    private static final ValueLayout.OfLong WORD = ValueLayout.JAVA_LONG_UNALIGNED.withOrder(ByteOrder.LITTLE_ENDIAN);
    private static final int VERSION_SHIFT = 56;
    private static final long VERSION = 1L << VERSION_SHIFT;
    private static final long KEY_ID_MASK = VERSION - 1;
    private static final int AUTHENTICATED_BYTES = 4 * Long.BYTES;

    private final KeyTable keys;
    private final SharedPool<Scratch> pool = new SharedPool<>(Scratch::new);

    /** What one encryption needs. Owned by the thread that borrowed it. */
    private static final class Scratch {
        final AesGcm cipher = new AesGcm();
        final byte[] authenticated = new byte[AUTHENTICATED_BYTES];
        final MemorySegment authenticatedWords = MemorySegment.ofArray(authenticated);
        byte[] plain = new byte[1024];
        byte[] sealed = new byte[1024 + AesGcm.OVERHEAD_BYTES];

        void fit(int plainBytes) {
            if (plain.length < plainBytes) {
                int size = Integer.highestOneBit(plainBytes - 1) << 1;
                plain = new byte[size];
                sealed = new byte[size + AesGcm.OVERHEAD_BYTES];
            }
        }

        /** Plain bytes must not outlive their use: nobody would find them when their person is erased. */
        void forgetPlain(int length) {
            Arrays.fill(plain, 0, length, (byte) 0);
        }

        void authenticate(long word, ValuePlace place) {
            authenticatedWords.set(WORD, 0, word);
            authenticatedWords.set(WORD, 8, place.table());
            authenticatedWords.set(WORD, 16, place.row());
            authenticatedWords.set(WORD, 24, place.version());
        }
    }

    public PersonalCipher(KeyTable keys) {
        this.keys = keys;
    }

    /** The keys that it encrypts with. */
    public KeyTable keys() {
        return keys;
    }

    /** {@code DONE} for a person who has a key, or why there is none. */
    public PersonalOutcome outlook(SubjectId subject) {
        return keys.find(subject).outcome;
    }

    /** Makes keys for those who never had one, in as few synchronisations as their number allows. */
    public void admitUnknown(Collection<SubjectId> subjects) {
        List<SubjectId> unknown = new ArrayList<>();
        for (SubjectId subject : subjects) {
            if (keys.find(subject).outcome == PersonalOutcome.UNKNOWN) {
                unknown.add(subject);
            }
        }
        if (!unknown.isEmpty()) {
            keys.admitAll(unknown);
        }
    }

    /**
     * Encrypts all of {@code plain} to the beginning of {@code into}, which has room for {@link #OVERHEAD_BYTES} more. A
     * person without a key gets one.
     *
     * @return {@code DONE}, {@code ERASED} for a person whose key was dropped, or {@code DAMAGED} when the key's record is
     */
    public PersonalOutcome encrypt(SubjectId subject, ValuePlace place, MemorySegment plain, MemorySegment into) {
        PersonalOutcome outcome = encryptKnown(subject, place, plain, into);
        if (outcome != PersonalOutcome.UNKNOWN) {
            return outcome;
        }
        keys.admit(subject);
        return encryptKnown(subject, place, plain, into);
    }

    /** {@link #encrypt} that waits for no disk: {@code UNKNOWN} for a person without a key. */
    public PersonalOutcome encryptKnown(SubjectId subject, ValuePlace place, MemorySegment plain, MemorySegment into) {
        int length = checkedLength(plain.byteSize());
        UserKey key = keys.find(subject);
        if (key.outcome != PersonalOutcome.DONE) {
            return key.outcome;
        }
        long word = VERSION | key.id;
        Scratch scratch = pool.borrow();
        try {
            scratch.fit(length);
            scratch.authenticate(word, place);
            MemorySegment.copy(plain, BYTES, 0, scratch.plain, 0, length);
            scratch.cipher.seal(
                    key.key, scratch.authenticated, AUTHENTICATED_BYTES, scratch.plain, length, scratch.sealed, 0);
            into.set(WORD, 0, word);
            MemorySegment.copy(scratch.sealed, 0, into, BYTES, Long.BYTES, length + AesGcm.OVERHEAD_BYTES);
            return PersonalOutcome.DONE;
        } finally {
            scratch.forgetPlain(length);
            pool.giveBack(scratch);
        }
    }

    /** The first word of an encrypted value, which names its key. */
    public static long keyWord(MemorySegment sealed) {
        return sealed.get(WORD, 0);
    }

    /**
     * What becomes of decrypting a value that begins with that word, as far as the person's key tells: {@code DONE} while it is the
     * one that the value was encrypted with.
     */
    public PersonalOutcome outlook(SubjectId subject, long keyWord) {
        return outlook(keys.find(subject), keyWord);
    }

    private static PersonalOutcome outlook(UserKey key, long word) {
        if (key.outcome != PersonalOutcome.DONE) {
            return key.outcome;
        }
        if (word >>> VERSION_SHIFT == 1 && (word & KEY_ID_MASK) == key.id) {
            return PersonalOutcome.DONE;
        }
        boolean older = word >>> VERSION_SHIFT == 1 && (word & KEY_ID_MASK) < key.id;
        return older && key.readmitted ? PersonalOutcome.ERASED : PersonalOutcome.DAMAGED;
    }

    /**
     * Decrypts all of {@code sealed} to the beginning of {@code into}, which has room for {@link #OVERHEAD_BYTES} fewer;
     * unless the answer is {@code DONE}, nothing is written.
     */
    public PersonalOutcome decrypt(SubjectId subject, ValuePlace place, MemorySegment sealed, MemorySegment into) {
        UserKey key = keys.find(subject);
        if (key.outcome != PersonalOutcome.DONE) {
            return key.outcome;
        }
        if (sealed.byteSize() < OVERHEAD_BYTES || sealed.byteSize() > MAX_VALUE_BYTES + OVERHEAD_BYTES) {
            return PersonalOutcome.DAMAGED;
        }
        PersonalOutcome outlook = outlook(key, keyWord(sealed));
        return outlook == PersonalOutcome.DONE ? open(key, keyWord(sealed), place, sealed, into) : outlook;
    }

    /**
     * {@link #decrypt} of a value beside which nobody wrote whose it is: the number of its key tells.
     *
     * @return {@code UNKNOWN} as well, where the table never gave that number
     */
    public PersonalOutcome decrypt(ValuePlace place, MemorySegment sealed, MemorySegment into) {
        if (sealed.byteSize() < OVERHEAD_BYTES || sealed.byteSize() > MAX_VALUE_BYTES + OVERHEAD_BYTES) {
            return PersonalOutcome.DAMAGED;
        }
        long word = keyWord(sealed);
        if (word >>> VERSION_SHIFT != 1) {
            return PersonalOutcome.DAMAGED;
        }
        UserKey key = keys.find(word & KEY_ID_MASK);
        return key.outcome == PersonalOutcome.DONE ? open(key, word, place, sealed, into) : key.outcome;
    }

    private PersonalOutcome open(UserKey key, long word, ValuePlace place, MemorySegment sealed, MemorySegment into) {
        int length = (int) sealed.byteSize() - OVERHEAD_BYTES;
        Scratch scratch = pool.borrow();
        try {
            scratch.fit(length);
            scratch.authenticate(word, place);
            int sealedBytes = length + AesGcm.OVERHEAD_BYTES;
            MemorySegment.copy(sealed, BYTES, Long.BYTES, scratch.sealed, 0, sealedBytes);
            boolean whole = scratch.cipher.open(
                    key.key, scratch.authenticated, AUTHENTICATED_BYTES, scratch.sealed, 0, sealedBytes, scratch.plain);
            if (!whole) {
                return PersonalOutcome.DAMAGED;
            }
            MemorySegment.copy(scratch.plain, 0, into, BYTES, 0, length);
            return PersonalOutcome.DONE;
        } finally {
            scratch.forgetPlain(length);
            pool.giveBack(scratch);
        }
    }

    private static int checkedLength(long bytes) {
        if (bytes > MAX_VALUE_BYTES) {
            throw new InvalidValueException(
                    "personal value", "has " + bytes + " bytes; at most " + MAX_VALUE_BYTES + " are encrypted");
        }
        return (int) bytes;
    }
}
