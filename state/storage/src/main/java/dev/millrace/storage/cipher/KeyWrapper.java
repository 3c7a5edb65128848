package dev.millrace.storage.cipher;

import java.io.IOException;

/**
 * Encrypts other keys with one that it does not give out: a {@link MasterKey} in this process, or a key management service.
 * It is asked once per opening and once per rewriting of a key table, not per person. Thread-safe.
 */
public interface KeyWrapper {
    /** Names the wrapping key and is stored beside what it wrapped: at most 64 bytes of UTF-8. */
    String id();

    /**
     * @param context authenticated with the key and needed again to unwrap it
     * @return at most 1,024 bytes
     */
    byte[] wrap(byte[] key, byte[] context) throws IOException;

    /** @throws IOException when this is not what {@link #wrap} gave for this context, or the service fails */
    byte[] unwrap(byte[] wrapped, byte[] context) throws IOException;
}
