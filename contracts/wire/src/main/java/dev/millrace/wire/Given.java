package dev.millrace.wire;

import dev.millrace.model.InvalidValueException;
import org.jspecify.annotations.Nullable;

import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.function.Function;
import java.util.regex.Pattern;

/** What a body gave for a field, or what stands for it: the rules that all wire records share. */
public final class Given {
    private static final Pattern STEP_UPWARDS = Pattern.compile("(?:^|[/\\\\])\\.\\.(?:$|[/\\\\])");

    private static final double MOST_AMOUNT = 1e9;

    private Given() {}

    /** @throws InvalidValueException when the field is absent */
    public static <T> T required(String field, @Nullable T value) {
        if (value == null) {
            throw new InvalidValueException(field, "is missing; give a value");
        }
        return value;
    }

    public static <T> T or(@Nullable T value, T absent) {
        return value == null ? absent : value;
    }

    /** An unmodifiable copy; empty where the list is absent. */
    public static <T> List<T> list(String field, @Nullable List<T> values) {
        if (values == null || values.isEmpty()) {
            return List.of();
        }
        for (int i = 0; i < values.size(); i++) {
            if (Objects.isNull(values.get(i))) {
                throw new InvalidValueException(field + "[" + i + "]", "is null; give a value or leave it out");
            }
        }
        return List.copyOf(values);
    }

    /** An unmodifiable copy in the given order; empty where the map is absent. */
    public static <V> Map<String, V> map(String field, @Nullable Map<String, V> values) {
        if (values == null || values.isEmpty()) {
            return Map.of();
        }
        for (Map.Entry<String, V> entry : values.entrySet()) {
            if (Objects.isNull(entry.getValue())) {
                throw new InvalidValueException(field + "." + entry.getKey(), "is null; give a value or leave it out");
            }
        }
        return Collections.unmodifiableMap(new LinkedHashMap<>(values));
    }

    /**
     * An id made from a text, whose errors name the field instead of the type.
     *
     * @param type the id's constructor
     */
    public static <T> T id(String field, String text, Function<String, T> type) {
        requireAddressable(field, text);
        return storedId(field, text, type);
    }

    /**
     * As {@link #id}, but also one that no address can name: logs of before may hold it, and it can be asked for in a body.
     *
     * @param type the id's constructor
     */
    public static <T> T storedId(String field, String text, Function<String, T> type) {
        try {
            return type.apply(text);
        } catch (InvalidValueException e) {
            throw new InvalidValueException(field, problem(e));
        }
    }

    /**
     * What no address can name could be neither read nor deleted by its address: web servers and proxies take {@code ..} between
     * slashes for a step upwards, escaped or not.
     */
    public static void requireAddressable(String field, String text) {
        if (text.equals(".") || STEP_UPWARDS.matcher(text).find()) {
            throw new InvalidValueException(field, "is '" + text + "', which no address can name; give another");
        }
        if (text.codePoints().anyMatch(point -> Character.getType(point) == Character.SURROGATE)) {
            throw new InvalidValueException(field, "has half a character in it; remove it");
        }
    }

    /** What is wrong, without the name of the field before it. */
    public static String problem(InvalidValueException e) {
        String message = Objects.requireNonNullElse(e.getMessage(), "");
        return message.startsWith(e.field())
                ? message.substring(e.field().length()).strip()
                : message;
    }

    /** The rating or the seconds watched: what is larger is a mistake, and would outweigh everything else in a sum. */
    public static double amount(String field, double value) {
        if (!(Math.abs(value) <= MOST_AMOUNT)) {
            throw new InvalidValueException(field, "is " + value + "; give -1e9 to 1e9");
        }
        return value;
    }

    public static void positive(String field, @Nullable Integer value) {
        if (value != null && value < 1) {
            throw new InvalidValueException(field, "is " + value + "; give 1 or more");
        }
    }
}
