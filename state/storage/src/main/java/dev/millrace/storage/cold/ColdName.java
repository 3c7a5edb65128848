package dev.millrace.storage.cold;

import dev.millrace.model.InvalidValueException;

import java.util.regex.Pattern;

/**
 * The name of a cold object: parts of letters, digits, {@code . _ -}, separated by slashes, none of which begins with a
 * dot. Such a name is the same in a directory and in an object store.
 */
public record ColdName(String value) implements Comparable<ColdName> {
    /** Room for a prefix within the 1,024 bytes that S3 allows. */
    private static final int MAX_LENGTH = 512;

    private static final Pattern VALID =
            Pattern.compile("[A-Za-z0-9_-][A-Za-z0-9._-]*(/[A-Za-z0-9_-][A-Za-z0-9._-]*)*");

    public ColdName {
        if (!isValid(value)) {
            throw new InvalidValueException(
                    "cold object name",
                    "'" + value + "' must be at most " + MAX_LENGTH
                            + " letters, digits, '.', '_' and '-' in parts separated by '/', none beginning with '.'");
        }
    }

    public static boolean isValid(String value) {
        return value.length() <= MAX_LENGTH && VALID.matcher(value).matches();
    }

    @Override
    public int compareTo(ColdName other) {
        return value.compareTo(other.value);
    }

    @Override
    public String toString() {
        return value;
    }
}
