package dev.millrace.wire;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.core.exc.StreamConstraintsException;
import com.fasterxml.jackson.databind.JsonMappingException;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.exc.MismatchedInputException;
import com.fasterxml.jackson.databind.exc.UnrecognizedPropertyException;
import dev.millrace.model.AttributeValue;
import dev.millrace.model.Filter;
import dev.millrace.model.InvalidValueException;
import org.jspecify.annotations.Nullable;

import java.io.IOException;
import java.time.Instant;
import java.util.Collection;
import java.util.List;
import java.util.Map;
import java.util.TreeSet;
import java.util.regex.Pattern;

/**
 * Reads bodies into wire records, and says of a wrong one which field is wrong and what to give instead. Stateless.
 *
 * <p>The field of each {@link InvalidValueException} is a path like {@code filter.all[1].topic}; it is empty for the
 * body as a whole.
 */
public final class StrictJson {
    /** How the reader begins to tell of a second value behind the first. */
    private static final String TRAILING = "Trailing token";

    /** Where the parser speaks of its source and its own settings before it gives a place. */
    private static final Pattern SOURCE = Pattern.compile("\\[Source: [^\\]]*?(line: \\d+, column: \\d+)]");

    private StrictJson() {}

    public static <T> T read(byte[] body, Class<T> type) {
        if (body.length == 0) {
            throw new InvalidValueException("", "the body is empty; give a JSON object");
        }
        try {
            return present(WireJson.strict().readValue(body, type));
        } catch (IOException e) {
            throw invalid(e);
        }
    }

    public static <T> T read(JsonNode tree, Class<T> type) {
        try {
            return present(WireJson.strict().treeToValue(tree, type));
        } catch (IOException e) {
            throw invalid(e);
        }
    }

    /** Any one JSON value. */
    public static JsonNode tree(byte[] body) {
        try {
            JsonNode tree = WireJson.strict().readTree(body);
            if (tree == null || tree.isMissingNode()) {
                throw new InvalidValueException("", "the body is empty; give JSON");
            }
            return tree;
        } catch (IOException e) {
            throw invalid(e);
        }
    }

    private static <T> T present(@Nullable T value) {
        if (value == null) {
            throw new InvalidValueException("", "the body is null; give a JSON object");
        }
        return value;
    }

    private static InvalidValueException invalid(IOException e) {
        return switch (e) {
            case UnrecognizedPropertyException unknown -> unknownField(unknown);
            case JsonMappingException mapping
            when mapping.getCause() instanceof InvalidValueException cause ->
                new InvalidValueException(join(path(mapping), cause.field()), Given.problem(cause));
            case JsonMappingException mapping
            when mapping.getCause() instanceof StreamConstraintsException limit ->
                new InvalidValueException(path(mapping), limit(limit));
            case MismatchedInputException mismatch -> mismatched(mismatch);
            case StreamConstraintsException limit -> new InvalidValueException("", "the body " + limit(limit));
            case JsonMappingException mapping ->
                about(path(mapping), "cannot be read: " + firstLine(mapping) + "; correct it");
            case JsonProcessingException syntax ->
                new InvalidValueException(
                        "", "the body is not JSON" + place(syntax) + ": " + firstLine(syntax) + "; correct it");
            default -> new InvalidValueException("", "the body is not UTF-8 JSON; correct it");
        };
    }

    private static InvalidValueException mismatched(MismatchedInputException e) {
        if (firstLine(e).startsWith(TRAILING)) {
            return new InvalidValueException(
                    "",
                    "the body holds more than one JSON document; send one, or, where the route takes many, one per line"
                            + " with the content type application/x-ndjson");
        }
        return about(path(e), "has the wrong type; give " + name(e.getTargetType()));
    }

    /** A problem of a field, or of the body where the path is empty. */
    private static InvalidValueException about(String path, String problem) {
        return new InvalidValueException(path, path.isEmpty() ? "the body " + problem : problem);
    }

    /** The parser tells its limits apart in its sentence alone. */
    private static String limit(StreamConstraintsException e) {
        String message = firstLine(e);
        if (message.contains("nesting depth")) {
            return "is nested deeper than " + WireJson.MAX_DEPTH + " levels; make it flatter";
        }
        if (message.startsWith("Name length")) {
            return "holds a field name of more than " + WireJson.MAX_NAME_CHARS + " characters; shorten it";
        }
        if (message.startsWith("Number value length")) {
            return "holds a number of more than " + WireJson.MAX_NUMBER_CHARS + " characters; shorten it";
        }
        if (message.startsWith("String value length")) {
            return "holds a text of more than " + WireJson.MAX_TEXT_CHARS + " characters; shorten it";
        }
        return "is larger than a limit allows; make it smaller";
    }

    private static InvalidValueException unknownField(UnrecognizedPropertyException e) {
        Collection<Object> known = e.getKnownPropertyIds();
        return new InvalidValueException(
                path(e),
                "is not a known field; remove it or use one of " + new TreeSet<>(known == null ? List.of() : known));
    }

    private static String path(JsonMappingException e) {
        StringBuilder path = new StringBuilder();
        for (JsonMappingException.Reference step : e.getPath()) {
            if (step.getFieldName() == null) {
                path.append('[').append(step.getIndex()).append(']');
            } else {
                path.append(path.isEmpty() ? "" : ".").append(step.getFieldName());
            }
        }
        return path.toString();
    }

    private static String join(String path, String field) {
        boolean joined = path.isEmpty() || field.isEmpty() || field.startsWith("[");
        return joined ? path + field : path + "." + field;
    }

    private static String name(@Nullable Class<?> type) {
        if (type == null) {
            return "another value";
        }
        if (type == String.class) {
            return "a text";
        }
        if (type == Boolean.class || type == boolean.class) {
            return "true or false";
        }
        if (type == Integer.class || type == Long.class || type == int.class || type == long.class) {
            return "a whole number";
        }
        if (type == Double.class || type == Float.class) {
            return "a number";
        }
        if (Collection.class.isAssignableFrom(type)) {
            return "an array";
        }
        if (type == Instant.class) {
            return "a time such as 2026-01-31T12:00:00Z";
        }
        if (type == AttributeValue.class) {
            return "a text, a number, true, false or an array of texts";
        }
        return Map.class.isAssignableFrom(type) || type == Filter.class || type.isRecord()
                ? "an object"
                : "another value";
    }

    private static String place(JsonProcessingException e) {
        return e.getLocation() == null
                ? ""
                : " at line " + e.getLocation().getLineNr() + ", column "
                        + e.getLocation().getColumnNr();
    }

    private static String firstLine(JsonProcessingException e) {
        String message = e.getOriginalMessage();
        String line =
                message == null ? "unreadable" : message.lines().findFirst().orElse("unreadable");
        return SOURCE.matcher(line).replaceAll("$1");
    }
}
