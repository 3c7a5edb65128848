package dev.millrace.console;

import java.time.Duration;
import java.time.Instant;
import java.time.ZoneOffset;
import java.time.format.DateTimeFormatter;
import java.util.Locale;

/** Figures as people read them; the templates call these. */
public final class Figures {
    private static final DateTimeFormatter TIME = DateTimeFormatter.ofPattern("yyyy-MM-dd HH:mm:ss 'UTC'", Locale.ROOT)
            .withZone(ZoneOffset.UTC);

    private Figures() {}

    public static String count(long value) {
        return String.format(Locale.ROOT, "%,d", value);
    }

    public static String decimal(double value, int digits) {
        return String.format(Locale.ROOT, "%." + digits + "f", value);
    }

    /** A model's figure, which may be a share or a count: with as many digits as tell models apart. */
    public static String metric(double value) {
        double size = Math.abs(value);
        if (size >= 1000) {
            return count(Math.round(value));
        }
        return value == 0 ? "0" : decimal(value, size >= 10 ? 1 : 4);
    }

    public static String millis(double value) {
        return decimal(value, value < 10 ? 1 : 0) + " ms";
    }

    public static String micros(long value) {
        return value < 1000 ? value + " µs" : decimal(value / 1000.0, 2) + " ms";
    }

    /** Bytes, in the unit that leaves one to four digits before the point. */
    public static String size(long bytes) {
        String[] units = {"B", "kB", "MB", "GB", "TB"};
        double value = bytes;
        int unit = 0;
        while (value >= 1000 && unit < units.length - 1) {
            value /= 1000;
            unit++;
        }
        return decimal(value, unit == 0 ? 0 : 1) + " " + units[unit];
    }

    public static String percent(double value) {
        return decimal(100 * value, 1) + " %";
    }

    public static String time(Instant instant) {
        return TIME.format(instant);
    }

    public static String age(long millis) {
        Duration age = Duration.ofMillis(millis);
        if (age.toHours() > 0) {
            return age.toHours() + " h " + age.toMinutesPart() + " min";
        }
        return age.toMinutes() > 0 ? age.toMinutes() + " min " + age.toSecondsPart() + " s" : age.toSeconds() + " s";
    }

    /** The first characters of a version, enough to tell versions apart. */
    public static String shortVersion(String version) {
        return version.length() > 12 ? version.substring(0, 12) : version;
    }
}
