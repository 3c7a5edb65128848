package dev.millrace.runtime;

import org.jspecify.annotations.Nullable;

import java.time.Duration;
import java.time.temporal.ChronoUnit;
import java.util.Locale;
import java.util.Map;

/** How people write times, sizes and, nearly, keys. */
final class Units {
    private static final Map<String, ChronoUnit> TIMES = Map.of(
            "ns", ChronoUnit.NANOS,
            "us", ChronoUnit.MICROS,
            "ms", ChronoUnit.MILLIS,
            "s", ChronoUnit.SECONDS,
            "m", ChronoUnit.MINUTES,
            "h", ChronoUnit.HOURS,
            "d", ChronoUnit.DAYS);
    private static final Map<String, Integer> SIZE_SHIFTS = Map.of("", 0, "k", 10, "m", 20, "g", 30, "t", 40);

    private Units() {}

    static @Nullable Duration duration(String text) {
        int digits = leadingDigits(text);
        ChronoUnit unit = TIMES.get(text.substring(digits).strip());
        Long amount = number(text, digits);
        try {
            return unit == null || amount == null ? null : Duration.of(amount, unit);
        } catch (ArithmeticException e) {
            return null;
        }
    }

    static @Nullable Long bytes(String text) {
        int digits = leadingDigits(text);
        Integer shift = SIZE_SHIFTS.get(text.substring(digits).strip().toLowerCase(Locale.ROOT));
        Long amount = number(text, digits);
        if (shift == null || amount == null || amount > (Long.MAX_VALUE >> shift)) {
            return null;
        }
        return amount << shift;
    }

    /** @return a hint like {@code "; did you mean 'server.port'?"}, or what is known when nothing is near */
    static String nearest(String key, Iterable<String> known) {
        String best = null;
        int bestDistance = Math.max(3, key.length() / 3) + 1;
        for (String candidate : known) {
            int distance = distance(key, candidate);
            if (distance < bestDistance) {
                best = candidate;
                bestDistance = distance;
            }
        }
        return best == null ? "; known are " + String.join(", ", known) : "; did you mean '" + best + "'?";
    }

    /** Levenshtein's edit distance, row by row. */
    private static int distance(String a, String b) {
        int[] previous = new int[b.length() + 1];
        for (int j = 0; j <= b.length(); j++) {
            previous[j] = j;
        }
        for (int i = 1; i <= a.length(); i++) {
            int[] row = new int[b.length() + 1];
            row[0] = i;
            for (int j = 1; j <= b.length(); j++) {
                int replaced = previous[j - 1] + (a.charAt(i - 1) == b.charAt(j - 1) ? 0 : 1);
                row[j] = Math.min(replaced, 1 + Math.min(previous[j], row[j - 1]));
            }
            previous = row;
        }
        return previous[b.length()];
    }

    private static int leadingDigits(String text) {
        int i = 0;
        while (i < text.length() && text.charAt(i) >= '0' && text.charAt(i) <= '9') {
            i++;
        }
        return i;
    }

    private static @Nullable Long number(String text, int digits) {
        return digits == 0 || digits > 18 ? null : Long.valueOf(text.substring(0, digits));
    }
}
