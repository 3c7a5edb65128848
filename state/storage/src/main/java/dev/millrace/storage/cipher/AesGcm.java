package dev.millrace.storage.cipher;

import org.jspecify.annotations.Nullable;

import java.security.GeneralSecurityException;
import java.security.SecureRandom;

import javax.crypto.AEADBadTagException;
import javax.crypto.Cipher;
import javax.crypto.SecretKey;
import javax.crypto.spec.GCMParameterSpec;

/**
 * AES-256-GCM on byte arrays, laid out as nonce, ciphertext, tag.
 *
 * <p><b>Why a nonce does not repeat.</b> It is 96 random bits from the system's generator. With one key, 2^32 encryptions
 * repeat one with probability below 2^-32, the bound of NIST SP 800-38D, section 8.3; a person's key would have to encrypt a
 * value every second for 136 years. A counter would never repeat, but a key table that is restored from a copy, or copied
 * to a second machine, takes the counter back with it, and one repetition gives both values away.
 *
 * <p>The cipher object is reused; the JCA still makes parameter objects and the key's schedule per value. Owned by one
 * thread at a time.
 */
public final class AesGcm {
    public static final int KEY_BYTES = 32;
    public static final int NONCE_BYTES = 12;
    public static final int TAG_BYTES = 16;

    /** What a sealed text has more than the plain one. */
    public static final int OVERHEAD_BYTES = NONCE_BYTES + TAG_BYTES;

    public static final String ALGORITHM = "AES";

    /** Asking the generator costs about a microsecond, whatever the size. */
    private static final int NONCES_AT_ONCE = 64;

    private static final int TAG_BITS = 8 * TAG_BYTES;

    private final Cipher cipher;
    private final SecureRandom random = new SecureRandom();
    private final byte[] nonces = new byte[NONCES_AT_ONCE * NONCE_BYTES];
    private int nextNonce = nonces.length;

    public AesGcm() {
        try {
            cipher = Cipher.getInstance("AES/GCM/NoPadding");
        } catch (GeneralSecurityException e) {
            throw new IllegalStateException("every Java has AES/GCM/NoPadding; this one does not", e);
        }
    }

    /**
     * Encrypts {@code length} bytes to {@code length + OVERHEAD_BYTES}.
     *
     * @param authenticated what decrypting must be given as well; {@code authenticatedBytes} of it count
     */
    public void seal(
            SecretKey key,
            byte[] authenticated,
            int authenticatedBytes,
            byte[] plain,
            int length,
            byte[] into,
            int at) {
        if (nextNonce == nonces.length) {
            random.nextBytes(nonces);
            nextNonce = 0;
        }
        System.arraycopy(nonces, nextNonce, into, at, NONCE_BYTES);
        nextNonce += NONCE_BYTES;
        try {
            cipher.init(Cipher.ENCRYPT_MODE, key, new GCMParameterSpec(TAG_BITS, into, at, NONCE_BYTES));
            cipher.updateAAD(authenticated, 0, authenticatedBytes);
            cipher.doFinal(plain, 0, length, into, at + NONCE_BYTES);
        } catch (GeneralSecurityException e) {
            throw new IllegalStateException("cannot encrypt " + length + " bytes", e);
        }
    }

    /**
     * Decrypts {@code length} bytes, nonce and tag included, to the beginning of {@code into}.
     *
     * @return whether they are what {@link #seal} gave for this key and what was authenticated; otherwise nothing is
     *     written
     */
    public boolean open(
            SecretKey key,
            byte[] authenticated,
            int authenticatedBytes,
            byte[] sealed,
            int at,
            int length,
            byte[] into) {
        try {
            cipher.init(Cipher.DECRYPT_MODE, key, new GCMParameterSpec(TAG_BITS, sealed, at, NONCE_BYTES));
            cipher.updateAAD(authenticated, 0, authenticatedBytes);
            cipher.doFinal(sealed, at + NONCE_BYTES, length - NONCE_BYTES, into, 0);
            return true;
        } catch (AEADBadTagException e) {
            return false;
        } catch (GeneralSecurityException e) {
            throw new IllegalStateException("cannot decrypt " + length + " bytes", e);
        }
    }

    /** The whole of an array at once, for keys. */
    public byte[] seal(SecretKey key, byte[] authenticated, byte[] plain) {
        byte[] sealed = new byte[plain.length + OVERHEAD_BYTES];
        seal(key, authenticated, authenticated.length, plain, plain.length, sealed, 0);
        return sealed;
    }

    /** @return {@code null} when it is not what was sealed */
    public byte @Nullable [] open(SecretKey key, byte[] authenticated, byte[] sealed) {
        if (sealed.length < OVERHEAD_BYTES) {
            return null;
        }
        byte[] plain = new byte[sealed.length - OVERHEAD_BYTES];
        return open(key, authenticated, authenticated.length, sealed, 0, sealed.length, plain) ? plain : null;
    }
}
