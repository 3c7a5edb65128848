package dev.millrace.eventlog;

/**
 * 128 bits that stand for an event's id. Mutable, owned by one thread.
 *
 * <p>MurmurHash3 x64 128 (Austin Appleby, public domain) with seed 0, over the id's length and bytes as they are stored.
 * Two of four million ids collide with probability 2^-84.
 */
final class EventIdHash {
    private static final long C1 = 0x87C37B91114253D5L;
    private static final long C2 = 0x4CF5AD432745937FL;

    long high;
    long low;

    /** Takes the id of a stored event that begins at {@code start}. */
    void ofEvent(byte[] event, int start, int length) {
        if (SealedFormat.isSealed(event, start, length)) {
            ofSealed(event, start, length);
            return;
        }
        EventInput in = new EventInput(event, start + EventCodec.ID_POSITION, length - EventCodec.ID_POSITION);
        int before = in.remaining();
        int textBytes = (int) (in.readUnsigned() >>> 1);
        int headerBytes = before - in.remaining();
        if (textBytes < 0 || textBytes > in.remaining()) {
            throw EventInput.unreadable("its id has " + textBytes + " bytes");
        }
        of(event, start + EventCodec.ID_POSITION, headerBytes + textBytes);
    }

    private void ofSealed(byte[] event, int start, int length) {
        if (length < SealedFormat.SEALED_AT) {
            throw EventInput.unreadable("it is encrypted and has " + length + " bytes");
        }
        high = word(event, start + SealedFormat.HIGH_AT, Long.BYTES);
        low = word(event, start + SealedFormat.LOW_AT, Long.BYTES);
    }

    void of(byte[] bytes, int from, int length) {
        long h1 = 0;
        long h2 = 0;
        int at = from;
        for (int blocks = length / 16; blocks > 0; blocks--, at += 16) {
            h1 ^= mix1(word(bytes, at, 8));
            h1 = (Long.rotateLeft(h1, 27) + h2) * 5 + 0x52DCE729;
            h2 ^= mix2(word(bytes, at + 8, 8));
            h2 = (Long.rotateLeft(h2, 31) + h1) * 5 + 0x38495AB5;
        }
        int tail = length % 16;
        if (tail > 8) {
            h2 ^= mix2(word(bytes, at + 8, tail - 8));
        }
        if (tail > 0) {
            h1 ^= mix1(word(bytes, at, Math.min(8, tail)));
        }
        finish(h1 ^ length, h2 ^ length);
    }

    private void finish(long h1, long h2) {
        long a = h1 + h2;
        long b = h2 + a;
        a = finalise(a);
        b = finalise(b);
        high = a + b;
        low = b + high;
    }

    private static long word(byte[] bytes, int from, int count) {
        long word = 0;
        for (int i = 0; i < count; i++) {
            word |= (bytes[from + i] & 0xFFL) << (8 * i);
        }
        return word;
    }

    private static long mix1(long k) {
        return Long.rotateLeft(k * C1, 31) * C2;
    }

    private static long mix2(long k) {
        return Long.rotateLeft(k * C2, 33) * C1;
    }

    private static long finalise(long h) {
        long k = h;
        k ^= k >>> 33;
        k *= 0xFF51AFD7ED558CCDL;
        k ^= k >>> 33;
        k *= 0xC4CEB9FE1A85EC53L;
        return k ^ (k >>> 33);
    }
}
