package dev.millrace.fuzz;

import com.code_intelligence.jazzer.api.FuzzedDataProvider;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.Arrays;
import java.util.zip.CRC32C;

/** Changes bytes of a whole file as the fuzzer chooses: bits, numbers, lengths, moved and missing parts. Stateless. */
final class Change {
    private static final int MOST = 6;
    private static final int MOST_ZEROS = 5_000;

    private Change() {}

    static byte[] of(byte[] whole, FuzzedDataProvider data) {
        byte[] bytes = whole.clone();
        for (int left = data.consumeInt(1, MOST); left > 0 && bytes.length > 0; left--) {
            bytes = once(bytes, place(bytes, data), data);
        }
        return bytes;
    }

    /** Every second change is where something is written: most bytes of a page are zeros. */
    private static int place(byte[] bytes, FuzzedDataProvider data) {
        int at = data.consumeInt(0, bytes.length - 1);
        if (data.consumeBoolean()) {
            for (int i = 0; i < bytes.length; i++) {
                int next = (at + i) % bytes.length;
                if (bytes[next] != 0) {
                    return next;
                }
            }
        }
        return at;
    }

    private static byte[] once(byte[] bytes, int at, FuzzedDataProvider data) {
        switch (data.consumeInt(0, 6)) {
            case 0 -> bytes[at] ^= (byte) (1 << data.consumeInt(0, 7));
            case 1 -> bytes[at] = data.consumeByte();
            case 2 -> put(bytes, at & ~3, Integer.BYTES, data.consumeInt());
            case 3 -> put(bytes, at & ~7, Long.BYTES, data.consumeLong());
            case 4 -> {
                return Arrays.copyOf(bytes, at);
            }
            case 5 -> {
                return Arrays.copyOf(bytes, bytes.length + data.consumeInt(1, MOST_ZEROS));
            }
            default -> {
                int from = data.consumeInt(0, bytes.length - 1);
                System.arraycopy(
                        bytes, from, bytes, at, data.consumeInt(0, Math.min(bytes.length - from, bytes.length - at)));
            }
        }
        return bytes;
    }

    private static void put(byte[] bytes, int at, int count, long value) {
        for (int i = 0; i < count && at + i < bytes.length; i++) {
            bytes[at + i] = (byte) (value >>> 8 * i);
        }
    }

    static ByteBuffer littleEndian(byte[] bytes) {
        return ByteBuffer.wrap(bytes).order(ByteOrder.LITTLE_ENDIAN);
    }

    /** CRC32C of parts, one behind the other; a part that the file does not have is left out. */
    static int checksum(byte[] bytes, int... fromAndTo) {
        CRC32C crc = new CRC32C();
        for (int i = 0; i < fromAndTo.length; i += 2) {
            int from = Math.min(fromAndTo[i], bytes.length);
            crc.update(bytes, from, Math.clamp(fromAndTo[i + 1] - from, 0, bytes.length - from));
        }
        return (int) crc.getValue();
    }
}
