package dev.millrace.storage.personal;

import dev.millrace.storage.cipher.Digests;

import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;

/**
 * The person whose values a key encrypts, as 128 bits: a 64-bit key as it is, a text by its hash. The two never meet: of a
 * text's hash, the upper half is made negative, and that of a number is 0.
 */
public record SubjectId(long high, long low) {
    public static SubjectId of(long key) {
        return new SubjectId(0, key);
    }

    /** The first 128 bits of the text's SHA-256; two of a billion texts meet with probability 2^-68. */
    public static SubjectId of(String text) {
        ByteBuffer hash = ByteBuffer.wrap(Digests.sha256(text.getBytes(StandardCharsets.UTF_8)));
        return new SubjectId(hash.getLong(0) | Long.MIN_VALUE, hash.getLong(8));
    }

    @Override
    public String toString() {
        return high == 0 ? Long.toString(low) : "#%016x%016x".formatted(high, low);
    }
}
