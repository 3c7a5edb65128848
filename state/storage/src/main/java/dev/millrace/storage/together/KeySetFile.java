package dev.millrace.storage.together;

import java.io.BufferedReader;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;

/**
 * Key sets as text: a line has the keys of one set in decimal, with spaces or tabs between them. Empty lines, and lines that begin with
 * {@code #}, are passed over. Stateless.
 */
public final class KeySetFile {
    private KeySetFile() {}

    /** @throws IOException naming file and line where something else than a key stands */
    public static KeySets read(Path file) throws IOException {
        KeySets.Builder builder = new KeySets.Builder();
        long[] keys = new long[KeySets.MOST_KEYS_IN_SET + 1];
        try (BufferedReader lines = Files.newBufferedReader(file, StandardCharsets.UTF_8)) {
            int number = 0;
            for (String line = lines.readLine(); line != null; line = lines.readLine()) {
                number++;
                if (!line.startsWith("#")) {
                    try {
                        builder.add(keys, parse(line, keys));
                    } catch (IllegalArgumentException e) {
                        throw new IOException(file + ", line " + number + ": " + e.getMessage(), e);
                    }
                }
            }
        }
        return builder.build();
    }

    /** @return how many keys the line has; one more than may be where it has more */
    private static int parse(String line, long[] keys) {
        int count = 0;
        int at = 0;
        while (count < keys.length) {
            while (at < line.length() && isBetween(line.charAt(at))) {
                at++;
            }
            int end = at;
            while (end < line.length() && !isBetween(line.charAt(end))) {
                end++;
            }
            if (end == at) {
                break;
            }
            keys[count++] = key(line, at, end);
            at = end;
        }
        return count;
    }

    private static boolean isBetween(char c) {
        return c == ' ' || c == '\t';
    }

    private static long key(String line, int from, int until) {
        try {
            return Long.parseLong(line, from, until, 10);
        } catch (NumberFormatException e) {
            throw new IllegalArgumentException(
                    "'" + line.substring(from, until)
                            + "' is not a key; a line has whole numbers of 64 bits in decimal,"
                            + " with spaces between them",
                    e);
        }
    }
}
