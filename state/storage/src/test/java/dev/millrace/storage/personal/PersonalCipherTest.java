package dev.millrace.storage.personal;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.millrace.model.InvalidValueException;
import dev.millrace.runtime.Clock;
import dev.millrace.storage.cipher.MasterKey;
import dev.millrace.storage.disk.CrashingDisk;
import dev.millrace.testkit.Seed;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

import java.io.IOException;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.ByteBuffer;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.HashSet;
import java.util.List;
import java.util.Random;
import java.util.Set;

import javax.crypto.Cipher;
import javax.crypto.spec.GCMParameterSpec;

/** Holds encrypted values to their place, their person and their bytes. */
class PersonalCipherTest {
    private static final SubjectId ANNA = SubjectId.of(1);
    private static final SubjectId BERT = SubjectId.of(2);
    private static final ValuePlace PLACE = new ValuePlace(7, 8, 9);

    private final Random random = Seed.random("PersonalCipherTest");

    @SuppressWarnings("NullAway.Init") // opened before each test
    private KeyTable table;

    @SuppressWarnings("NullAway.Init") // opened before each test
    private PersonalCipher cipher;

    @BeforeEach
    void open() throws IOException {
        MasterKey master = MasterKey.parse("77".repeat(32));
        table = KeyTable.open(new CrashingDisk(random), Path.of("/keys"), List.of(master), Clock.system(), 64);
        cipher = new PersonalCipher(table);
    }

    @Test
    void decrypt_whatWasEncrypted_givesItBack() {
        for (int length : new int[] {0, 1, 16, 255, 256, 1_023, 1_024, 1_025, 100_000}) {
            byte[] plain = bytes(length);
            byte[] sealed = seal(ANNA, PLACE, plain);
            byte[] read = new byte[length];
            assertEquals(PersonalOutcome.DONE, open(ANNA, PLACE, sealed, read));
            assertArrayEquals(plain, read);
        }
    }

    @Test
    void decrypt_offTheHeap_givesItBack() {
        byte[] plain = bytes(256);
        try (Arena arena = Arena.ofConfined()) {
            MemorySegment from = arena.allocateFrom(ValueLayout.JAVA_BYTE, plain);
            MemorySegment sealed = arena.allocate(256 + PersonalCipher.OVERHEAD_BYTES);
            MemorySegment read = arena.allocate(256);
            assertEquals(PersonalOutcome.DONE, cipher.encrypt(ANNA, PLACE, from, sealed));
            assertEquals(PersonalOutcome.DONE, cipher.decrypt(ANNA, PLACE, sealed, read));
            assertArrayEquals(plain, read.toArray(ValueLayout.JAVA_BYTE));
        }
    }

    @Test
    void decrypt_atAnotherPlaceOrForAnother_isRefused() {
        byte[] sealed = seal(ANNA, PLACE, bytes(50));
        byte[] other = seal(BERT, PLACE, bytes(50));
        byte[] read = new byte[50];
        assertEquals(PersonalOutcome.DAMAGED, open(ANNA, new ValuePlace(6, 8, 9), sealed, read));
        assertEquals(PersonalOutcome.DAMAGED, open(ANNA, new ValuePlace(7, 9, 9), sealed, read));
        assertEquals(PersonalOutcome.DAMAGED, open(ANNA, new ValuePlace(7, 8, 10), sealed, read));
        assertEquals(PersonalOutcome.DAMAGED, open(BERT, PLACE, sealed, read));
        assertEquals(PersonalOutcome.DAMAGED, open(ANNA, PLACE, other, read));
        assertEquals(PersonalOutcome.UNKNOWN, open(SubjectId.of(3), PLACE, sealed, read));
        assertArrayEquals(new byte[50], read, "nothing is written");
    }

    @Test
    void decrypt_anyBitFlippedOrAnyByteCut_isRefused() {
        byte[] sealed = seal(ANNA, PLACE, bytes(40));
        for (int bit = 0; bit < 8 * sealed.length; bit++) {
            byte[] flipped = sealed.clone();
            flipped[bit / 8] ^= (byte) (1 << bit % 8);
            assertEquals(PersonalOutcome.DAMAGED, open(ANNA, PLACE, flipped, new byte[40]), "bit " + bit);
        }
        for (int length = 0; length < sealed.length; length++) {
            assertEquals(PersonalOutcome.DAMAGED, open(ANNA, PLACE, Arrays.copyOf(sealed, length), new byte[40]));
        }
    }

    @Test
    void encrypt_sameValueOften_neverRepeatsANonce() {
        Set<ByteBuffer> nonces = new HashSet<>();
        Set<ByteBuffer> texts = new HashSet<>();
        byte[] plain = bytes(16);
        for (int i = 0; i < 20_000; i++) {
            byte[] sealed = seal(ANNA, PLACE, plain);
            assertTrue(nonces.add(ByteBuffer.wrap(Arrays.copyOfRange(sealed, 8, 20))));
            assertTrue(texts.add(ByteBuffer.wrap(Arrays.copyOfRange(sealed, 20, 36))));
        }
    }

    @Test
    void encrypt_sealed_isWhatPlainJcaReads() throws Exception {
        byte[] plain = bytes(100);
        byte[] sealed = seal(ANNA, PLACE, plain);
        Cipher jca = Cipher.getInstance("AES/GCM/NoPadding");
        UserKey key = table.find(ANNA);
        jca.init(Cipher.DECRYPT_MODE, key.key, new GCMParameterSpec(128, sealed, 8, 12));
        byte[] authenticated = new byte[32];
        KeyFormat.littleEndian(authenticated)
                .putLong(1L << 56 | key.id)
                .putLong(7)
                .putLong(8)
                .putLong(9);
        jca.updateAAD(authenticated);
        assertArrayEquals(plain, jca.doFinal(sealed, 20, sealed.length - 20));
    }

    @Test
    void encrypt_tooLarge_isRefused() {
        MemorySegment large = MemorySegment.ofArray(new byte[PersonalCipher.MAX_VALUE_BYTES + 1]);
        assertThrows(InvalidValueException.class, () -> cipher.encrypt(ANNA, PLACE, large, large));
    }

    @Test
    void encrypt_forAPersonWhoWasDropped_isErased() {
        seal(ANNA, PLACE, bytes(10));
        table.drop(ANNA);
        MemorySegment into = MemorySegment.ofArray(new byte[100]);
        assertEquals(PersonalOutcome.ERASED, cipher.encrypt(ANNA, PLACE, MemorySegment.ofArray(bytes(10)), into));
        assertArrayEquals(new byte[100], into.toArray(ValueLayout.JAVA_BYTE));
    }

    @Test
    void subject_ofNumbersAndTexts_neverMeet() {
        assertFalse(SubjectId.of(5).equals(SubjectId.of("5")));
        assertEquals(SubjectId.of("ann"), SubjectId.of("ann"));
        assertTrue(SubjectId.of("ann").high() < 0);
        assertEquals(0, SubjectId.of(-1).high());
    }

    private byte[] bytes(int length) {
        byte[] bytes = new byte[length];
        random.nextBytes(bytes);
        return bytes;
    }

    private byte[] seal(SubjectId subject, ValuePlace place, byte[] plain) {
        byte[] sealed = new byte[plain.length + PersonalCipher.OVERHEAD_BYTES];
        assertEquals(
                PersonalOutcome.DONE,
                cipher.encrypt(subject, place, MemorySegment.ofArray(plain), MemorySegment.ofArray(sealed)));
        return sealed;
    }

    private PersonalOutcome open(SubjectId subject, ValuePlace place, byte[] sealed, byte[] into) {
        return cipher.decrypt(subject, place, MemorySegment.ofArray(sealed), MemorySegment.ofArray(into));
    }
}
