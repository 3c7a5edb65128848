package dev.millrace.eventlog;

import dev.millrace.model.ErrorCode;
import dev.millrace.model.MillraceException;

import java.nio.charset.StandardCharsets;

/** The bytes of one stored event, read from the front; never reads beyond them, whatever they hold. Owned by one thread. */
final class EventInput {
    private final byte[] bytes;
    private final int end;
    private int at;

    EventInput(byte[] bytes, int from, int length) {
        this.bytes = bytes;
        this.at = from;
        this.end = from + length;
    }

    int remaining() {
        return end - at;
    }

    int readByte() {
        require(1);
        return bytes[at++] & 0xFF;
    }

    boolean readFlag() {
        int value = readByte();
        if (value > 1) {
            throw unreadable("flag " + value + " is neither 0 nor 1");
        }
        return value == 1;
    }

    long readUnsigned() {
        long value = 0;
        for (int shift = 0; shift < 64; shift += 7) {
            int next = readByte();
            value |= (long) (next & 0x7F) << shift;
            if (next < 0x80) {
                return value;
            }
        }
        throw unreadable("a number does not end");
    }

    long readSigned() {
        long value = readUnsigned();
        return (value >>> 1) ^ -(value & 1);
    }

    /** How many things follow that take at least one byte each. */
    int readCount() {
        long count = readUnsigned();
        if (count < 0 || count > remaining()) {
            throw unreadable("count " + count + " is more than the " + remaining() + " bytes that follow");
        }
        return (int) count;
    }

    float readFloat() {
        require(4);
        int bits = 0;
        for (int i = 0; i < 4; i++) {
            bits |= (bytes[at++] & 0xFF) << (8 * i);
        }
        return Float.intBitsToFloat(bits);
    }

    double readDouble() {
        require(8);
        long bits = 0;
        for (int i = 0; i < 8; i++) {
            bits |= (bytes[at++] & 0xFFL) << (8 * i);
        }
        return Double.longBitsToDouble(bits);
    }

    String readText() {
        long header = readUnsigned();
        long length = header >>> 1;
        if (length > remaining()) {
            throw unreadable("a text of " + length + " bytes has only " + remaining());
        }
        boolean units = (header & EventOutput.UTF_16) != 0;
        String text = units ? readUnits((int) length) : new String(bytes, at, (int) length, StandardCharsets.UTF_8);
        at += (int) length;
        return text;
    }

    static MillraceException unreadable(String why) {
        return new MillraceException(ErrorCode.STORAGE_FAILED, "the stored event cannot be read: " + why);
    }

    private String readUnits(int length) {
        char[] units = new char[length / 2];
        for (int i = 0; i < units.length; i++) {
            units[i] = (char) ((bytes[at + 2 * i] & 0xFF) | (bytes[at + 2 * i + 1] << 8));
        }
        return new String(units);
    }

    private void require(int count) {
        if (remaining() < count) {
            throw unreadable("it ends too early");
        }
    }
}
