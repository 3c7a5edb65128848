package dev.millrace.model;

import java.util.Map;

/** What the caller says of a user. */
public record User(UserId id, Map<String, AttributeValue> attributes) {
    static final int MAX_ATTRIBUTES = 256;

    public User {
        attributes = Map.copyOf(attributes);
        if (attributes.size() > MAX_ATTRIBUTES) {
            throw new InvalidValueException(
                    "attributes", "has " + attributes.size() + " entries; give at most " + MAX_ATTRIBUTES);
        }
    }
}
