package dev.millrace.model;

import java.util.Map;

/** What the attributes of one item or user may hold together, so that each fits into an event of the log. Stateless. */
final class Attributes {
    private static final int MAX_ATTRIBUTES = 256;
    private static final int MAX_CHARACTERS = 200_000;

    private Attributes() {}

    /** An immutable copy. */
    static Map<String, AttributeValue> bounded(Map<String, AttributeValue> attributes) {
        if (attributes.size() > MAX_ATTRIBUTES) {
            throw new InvalidValueException(
                    "attributes", "has " + attributes.size() + " entries; give at most " + MAX_ATTRIBUTES);
        }
        long characters = 0;
        for (Map.Entry<String, AttributeValue> attribute : attributes.entrySet()) {
            characters += attribute.getKey().length() + characters(attribute.getValue());
        }
        if (characters > MAX_CHARACTERS) {
            throw new InvalidValueException(
                    "attributes", "have " + characters + " characters together; give at most " + MAX_CHARACTERS);
        }
        return Map.copyOf(attributes);
    }

    private static long characters(AttributeValue value) {
        return switch (value) {
            case AttributeValue.Text(String text) -> text.length();
            case AttributeValue.Texts texts ->
                texts.values().stream().mapToLong(String::length).sum();
            case AttributeValue.Numeric _, AttributeValue.Flag _ -> 1;
        };
    }
}
