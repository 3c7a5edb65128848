package dev.millrace.features;

import dev.millrace.model.AttributeValue;

import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/**
 * Names and values of attributes that many items have, each kept once: brands, languages, flags, tags. Owned by the writer of the
 * catalogue.
 *
 * <p>Of a name, the values that came first are shared, up to a limit; one with more distinct values, such as a number of the maker,
 * mostly tells items apart, and sharing it would save nothing.
 */
final class SharedAttributes {
    static final int MOST_NAMES = 4_096;
    static final int MOST_VALUES = 4_096;

    private final Map<String, Shared> names = new HashMap<>();

    /** What is shared of the values of a name, and of the elements of those that are lists. */
    private record Shared(String name, Map<AttributeValue, AttributeValue> values, Map<String, String> elements) {
        Shared(String name) {
            this(name, new HashMap<>(), new HashMap<>());
        }

        AttributeValue value(AttributeValue given) {
            AttributeValue known = values.get(given);
            if (known != null) {
                return known;
            }
            AttributeValue kept = given instanceof AttributeValue.Texts(List<String> texts) ? elements(texts) : given;
            if (values.size() < MOST_VALUES) {
                values.put(kept, kept);
            }
            return kept;
        }

        private AttributeValue elements(List<String> given) {
            List<String> kept = new ArrayList<>(given.size());
            for (String text : given) {
                String known = elements.get(text);
                if (known == null && elements.size() < MOST_VALUES) {
                    elements.put(text, text);
                }
                kept.add(known == null ? text : known);
            }
            return new AttributeValue.Texts(kept);
        }
    }

    /** Equal attributes. */
    Map<String, AttributeValue> of(Map<String, AttributeValue> given) {
        if (given.isEmpty()) {
            return given;
        }
        Map<String, AttributeValue> kept = HashMap.newHashMap(given.size());
        given.forEach((name, value) -> {
            Shared shared = names.get(name);
            if (shared == null) {
                shared = new Shared(name);
                if (names.size() < MOST_NAMES) {
                    names.put(name, shared);
                }
            }
            kept.put(shared.name, shared.value(value));
        });
        return kept;
    }
}
