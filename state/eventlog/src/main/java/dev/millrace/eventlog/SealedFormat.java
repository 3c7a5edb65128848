package dev.millrace.eventlog;

import dev.millrace.storage.personal.PersonalCipher;

/**
 * The bytes of an encrypted event, version 2: docs/formats/event-log.md has the picture.
 *
 * <pre>
 *  0     1                  17                       53 + n
 * +-----+------------------+------------------------+
 * | 2   | hash of the id   | encrypted event, n     |
 * +-----+------------------+------------------------+
 * </pre>
 */
final class SealedFormat {
    static final int VERSION = 2;
    static final int HIGH_AT = 1;
    static final int LOW_AT = 9;
    static final int SEALED_AT = 17;

    /** What an encrypted event has more than the plain one. */
    static final int OVERHEAD_BYTES = SEALED_AT + PersonalCipher.OVERHEAD_BYTES;

    private SealedFormat() {}

    static boolean isSealed(byte[] event, int from, int length) {
        return length > 0 && event[from] == VERSION;
    }
}
