package dev.millrace.model;

import java.util.Map;

/** What the caller says of a user. */
public record User(UserId id, Map<String, AttributeValue> attributes) {

    public User {
        attributes = Attributes.bounded(attributes);
    }
}
