package dev.millrace.model;

import java.time.Instant;
import java.util.List;
import java.util.Map;

/**
 * An item of the catalogue.
 *
 * @param title what people read; may be empty
 * @param topics the categories, genres or tags that say what it is about, most telling first
 * @param created when the item became available, which its age is counted from
 * @param available whether it may be recommended
 */
public record Item(
        ItemId id,
        String title,
        List<String> topics,
        Map<String, AttributeValue> attributes,
        Instant created,
        boolean available) {
    static final int MAX_TITLE = 1024;
    static final int MAX_TOPICS = 64;

    public Item {
        topics = List.copyOf(topics);
        attributes = Attributes.bounded(attributes);
        if (title.length() > MAX_TITLE) {
            throw new InvalidValueException(
                    "title", "has " + title.length() + " characters; give at most " + MAX_TITLE);
        }
        if (topics.size() > MAX_TOPICS) {
            throw new InvalidValueException("topics", "has " + topics.size() + " entries; give at most " + MAX_TOPICS);
        }
        for (String topic : topics) {
            Ids.requireValid("topics", topic);
        }
    }
}
