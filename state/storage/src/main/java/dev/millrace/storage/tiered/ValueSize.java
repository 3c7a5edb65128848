package dev.millrace.storage.tiered;

import dev.millrace.storage.memory.ValueSlab;

/**
 * How many bytes the values of a table have: all of them the same number, or each of its own up to a limit.
 *
 * @param bytes the number, or the limit
 */
public record ValueSize(int bytes, boolean isVariable) {
    private static final String FROM_NOTHING = "0-";

    public ValueSize {
        if (bytes < 1 || (isVariable && bytes > ValueSlab.MAX_VALUE_BYTES)) {
            throw new IllegalArgumentException("a value's bytes must be at least 1, and where they vary at most "
                    + ValueSlab.MAX_VALUE_BYTES + "; got " + bytes);
        }
    }

    public static ValueSize of(int bytes) {
        return new ValueSize(bytes, false);
    }

    /** From 0 to that many bytes. */
    public static ValueSize upTo(int bytes) {
        return new ValueSize(bytes, true);
    }

    boolean admits(int length) {
        return isVariable ? length <= bytes : length == bytes;
    }

    /** Whether whatever has the other size also has this. */
    boolean includes(ValueSize other) {
        return isVariable == other.isVariable && admits(other.bytes);
    }

    /** As text, for the store's files. */
    String encode() {
        return (isVariable ? FROM_NOTHING : "") + bytes;
    }

    static ValueSize decode(String text) {
        boolean variable = text.startsWith(FROM_NOTHING);
        return new ValueSize(Integer.parseInt(variable ? text.substring(FROM_NOTHING.length()) : text), variable);
    }

    @Override
    public String toString() {
        return isVariable ? "0 to " + bytes + " bytes" : bytes + " bytes";
    }
}
