package dev.millrace.wire.imports;

import dev.millrace.model.InvalidValueException;
import org.jspecify.annotations.Nullable;

import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;

/** How the columns of a line are found and understood; what cannot be understood names its field. */
final class LineFields {
    private LineFields() {}

    /** The file of this name in the folder, plain or gzip; null where there is none. */
    static @Nullable Path find(Path folder, String name) {
        Path plain = folder.resolve(name);
        Path packed = folder.resolve(name + ".gz");
        return Files.isRegularFile(plain) ? plain : Files.isRegularFile(packed) ? packed : null;
    }

    /** Splits at a separator that never stands inside a value. */
    static List<String> split(String line, String separator, int expected) {
        List<String> fields = new ArrayList<>(expected);
        int start = 0;
        for (int at = line.indexOf(separator); at >= 0; at = line.indexOf(separator, start)) {
            fields.add(line.substring(start, at));
            start = at + separator.length();
        }
        fields.add(line.substring(start));
        return requireCount(fields, expected);
    }

    /** Splits comma-separated values. */
    static List<String> csv(String line) {
        return csv(line, ',');
    }

    /** Splits values; one in double quotes may hold separators, and quotes doubled. */
    static List<String> csv(String line, char separator) {
        List<String> fields = new ArrayList<>();
        StringBuilder field = new StringBuilder();
        boolean quoted = false;
        for (int i = 0; i < line.length(); i++) {
            char c = line.charAt(i);
            if (quoted && c == '"' && i + 1 < line.length() && line.charAt(i + 1) == '"') {
                field.append('"');
                i++;
            } else if (c == '"' && (quoted || field.isEmpty())) {
                quoted = !quoted;
            } else if (c == separator && !quoted) {
                fields.add(field.toString());
                field.setLength(0);
            } else {
                field.append(c);
            }
        }
        if (quoted) {
            throw new InvalidValueException("line", "ends inside a quoted value; close the quotes on the same line");
        }
        fields.add(field.toString());
        return fields;
    }

    static List<String> csv(String line, int expected) {
        return csv(line, ',', expected);
    }

    static List<String> csv(String line, char separator, int expected) {
        return requireCount(csv(line, separator), expected);
    }

    static long wholeNumber(String field, String text) {
        try {
            return Long.parseLong(text.strip());
        } catch (NumberFormatException e) {
            throw new InvalidValueException(field, "is '" + text + "'; give a whole number");
        }
    }

    static double decimal(String field, String text) {
        try {
            return Double.parseDouble(text.strip());
        } catch (NumberFormatException e) {
            throw new InvalidValueException(field, "is '" + text + "'; give a number");
        }
    }

    static Instant seconds(String field, String text) {
        return Instant.ofEpochSecond(wholeNumber(field, text));
    }

    static Instant millis(String field, String text) {
        return Instant.ofEpochMilli(wholeNumber(field, text));
    }

    static boolean isWholeNumber(String text) {
        return !text.isEmpty() && text.chars().allMatch(c -> c >= '0' && c <= '9');
    }

    private static List<String> requireCount(List<String> fields, int expected) {
        if (fields.size() != expected) {
            throw new InvalidValueException("line", "has " + fields.size() + " columns; expected " + expected);
        }
        return fields;
    }
}
