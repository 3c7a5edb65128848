package dev.millrace.features;

import dev.millrace.model.AttributeValue;
import org.jspecify.annotations.Nullable;

import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/**
 * Names and values of attributes that many items have, each kept once: brands, languages, flags, tags. Owned by the writer of the
 * catalogue.
 *
 * <p>Of a name, the values that came first are shared, up to a limit; one with more distinct values, such as a number of the maker,
 * mostly tells items apart, and sharing it would save nothing. Neither would sharing long texts. Where all together would be large,
 * everything is forgotten and begins anew: else values of items that are long gone would stay.
 */
final class SharedAttributes {
    static final int MOST_NAMES = 4_096;
    static final int MOST_VALUES = 4_096;
    /** Of a text, or a list together: longer ones are descriptions. */
    static final int MOST_LETTERS = 256;
    /** By the estimate below; those of one item more at most. */
    static final long MOST_BYTES = 16 << 20;

    /** Of a name, with two maps. */
    private static final int NAME_BYTES = 300;
    /** Of a value in a map, beside its letters. */
    private static final int VALUE_BYTES = 120;
    /** What an element of a list takes beside its own letters, in letters. */
    private static final int LETTERS_PER_ELEMENT = 4;

    private final Map<String, Shared> names = new HashMap<>();
    private long bytes;

    /** What is shared of the values of a name, and of the elements of those that are lists. */
    private final class Shared {
        private final String name;
        private final Map<AttributeValue, AttributeValue> values = new HashMap<>();
        private final Map<String, String> elements = new HashMap<>();

        Shared(String name) {
            this.name = name;
        }

        AttributeValue value(AttributeValue given) {
            int letters = letters(given);
            boolean isShort = letters <= MOST_LETTERS;
            AttributeValue known = isShort ? values.get(given) : null;
            if (known != null) {
                return known;
            }
            AttributeValue kept = given instanceof AttributeValue.Texts(List<String> texts) ? elements(texts) : given;
            if (isShort && values.size() < MOST_VALUES) {
                values.put(kept, kept);
                count(VALUE_BYTES, letters);
            }
            return kept;
        }

        private AttributeValue elements(List<String> given) {
            List<String> kept = new ArrayList<>(given.size());
            for (String text : given) {
                String known = elements.get(text);
                if (known == null && text.length() <= MOST_LETTERS && elements.size() < MOST_VALUES) {
                    elements.put(text, text);
                    count(VALUE_BYTES, text.length());
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
        if (bytes >= MOST_BYTES) {
            names.clear();
            bytes = 0;
        }
        Map<String, AttributeValue> kept = HashMap.newHashMap(given.size());
        given.forEach((name, value) -> {
            Shared shared = shared(name);
            if (shared == null) {
                kept.put(name, value);
            } else {
                kept.put(shared.name, shared.value(value));
            }
        });
        return kept;
    }

    private @Nullable Shared shared(String name) {
        Shared known = names.get(name);
        if (known != null || names.size() == MOST_NAMES) {
            return known;
        }
        Shared shared = new Shared(name);
        names.put(name, shared);
        count(NAME_BYTES, name.length());
        return shared;
    }

    private void count(int fixed, int letters) {
        bytes += fixed + 2L * letters;
    }

    private static int letters(AttributeValue value) {
        return switch (value) {
            case AttributeValue.Text(String text) -> text.length();
            case AttributeValue.Texts(List<String> texts) ->
                texts.stream()
                        .mapToInt(text -> text.length() + LETTERS_PER_ELEMENT)
                        .sum();
            case AttributeValue.Numeric _, AttributeValue.Flag _ -> 0;
        };
    }
}
