package dev.millrace.eventlog;

import java.nio.charset.StandardCharsets;
import java.util.Arrays;

/** A growing run of bytes that events are written to. Owned by one thread. */
final class EventOutput {
    /** Lower bit of a text's length: its bytes are UTF-16 units, since UTF-8 cannot hold it. */
    static final int UTF_16 = 1;

    private byte[] bytes;
    private int size;

    EventOutput(int capacity) {
        bytes = new byte[capacity];
    }

    byte[] bytes() {
        return bytes;
    }

    int size() {
        return size;
    }

    /** Room for so many bytes behind what was written, which count as written. */
    byte[] claim(int count) {
        ensure(count);
        size += count;
        return bytes;
    }

    void write(byte[] from, int start, int count) {
        ensure(count);
        System.arraycopy(from, start, bytes, size, count);
        size += count;
    }

    void cutTo(int count) {
        size = count;
    }

    /** Overwrites what was written. */
    void erase() {
        Arrays.fill(bytes, 0, size, (byte) 0);
        size = 0;
    }

    void writeByte(int value) {
        ensure(1);
        bytes[size++] = (byte) value;
    }

    /** Seven bits a byte, lowest first; the upper bit says that another follows. */
    void writeUnsigned(long value) {
        ensure(10);
        long rest = value;
        while ((rest & ~0x7FL) != 0) {
            bytes[size++] = (byte) (rest | 0x80);
            rest >>>= 7;
        }
        bytes[size++] = (byte) rest;
    }

    /** Small numbers of either sign are short. */
    void writeSigned(long value) {
        writeUnsigned((value << 1) ^ (value >> 63));
    }

    void writeFloat(float value) {
        ensure(4);
        int bits = Float.floatToRawIntBits(value);
        for (int i = 0; i < 4; i++) {
            bytes[size++] = (byte) (bits >>> (8 * i));
        }
    }

    void writeDouble(double value) {
        ensure(8);
        long bits = Double.doubleToRawLongBits(value);
        for (int i = 0; i < 8; i++) {
            bytes[size++] = (byte) (bits >>> (8 * i));
        }
    }

    void writeText(String text) {
        if (hasLoneSurrogate(text)) {
            writeUnsigned(((text.length() * 2L) << 1) | UTF_16);
            writeUnits(text);
        } else {
            byte[] encoded = text.getBytes(StandardCharsets.UTF_8);
            writeUnsigned((long) encoded.length << 1);
            ensure(encoded.length);
            System.arraycopy(encoded, 0, bytes, size, encoded.length);
            size += encoded.length;
        }
    }

    private void writeUnits(String text) {
        ensure(text.length() * 2);
        for (int i = 0; i < text.length(); i++) {
            bytes[size++] = (byte) text.charAt(i);
            bytes[size++] = (byte) (text.charAt(i) >>> 8);
        }
    }

    /** UTF-8 would replace half a pair by a question mark, and two ids would become one. */
    private static boolean hasLoneSurrogate(String text) {
        for (int i = 0; i < text.length(); i++) {
            if (Character.isSurrogate(text.charAt(i))) {
                boolean pair = i + 1 < text.length() && Character.isSurrogatePair(text.charAt(i), text.charAt(i + 1));
                if (!pair) {
                    return true;
                }
                i++;
            }
        }
        return false;
    }

    private void ensure(int more) {
        if (bytes.length - size < more) {
            bytes = Arrays.copyOf(bytes, Math.max(size + more, bytes.length * 2));
        }
    }
}
