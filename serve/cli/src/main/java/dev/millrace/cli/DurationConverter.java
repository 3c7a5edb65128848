package dev.millrace.cli;

import picocli.CommandLine.ITypeConverter;
import picocli.CommandLine.TypeConversionException;

import java.time.Duration;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** Reads {@code 500ms}, {@code 90s}, {@code 3m}, {@code 2h}; of numbers, 0 alone needs no unit. */
final class DurationConverter implements ITypeConverter<Duration> {
    private static final Pattern FORM = Pattern.compile("(\\d{1,9})(ms|s|m|h)");

    @Override
    public Duration convert(String text) {
        String given = text.strip();
        if (given.equals("0")) {
            return Duration.ZERO;
        }
        Matcher matcher = FORM.matcher(given);
        if (!matcher.matches()) {
            String unit = given.chars().allMatch(Character::isDigit) ? " lacks its unit" : " is not a time";
            throw new TypeConversionException("'" + text + "'" + unit + "; give one like 90s, 3m or 2h");
        }
        long count = Long.parseLong(matcher.group(1));
        return switch (matcher.group(2)) {
            case "ms" -> Duration.ofMillis(count);
            case "m" -> Duration.ofMinutes(count);
            case "h" -> Duration.ofHours(count);
            default -> Duration.ofSeconds(count);
        };
    }
}
