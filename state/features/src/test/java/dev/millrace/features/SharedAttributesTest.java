package dev.millrace.features;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotSame;
import static org.junit.jupiter.api.Assertions.assertSame;

import dev.millrace.model.AttributeValue;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;

import java.util.List;
import java.util.Map;

/** What items share of their attributes. */
final class SharedAttributesTest {
    private final SharedAttributes shared = new SharedAttributes();

    @Test
    void equalNamesAndValues_areKeptOnce_andTheElementsOfLists() {
        Map<String, AttributeValue> first = shared.of(attributes(1));
        Map<String, AttributeValue> second = shared.of(attributes(2));
        assertEquals(attributes(2), second);
        for (String name : List.of("brand", "price", "flag")) {
            assertSame(first.get(name), second.get(name), name);
        }
        assertEquals(List.of("x", "only 2"), texts(second));
        assertSame(texts(first).getFirst(), texts(second).getFirst());
        assertSame(name(first, "brand"), name(second, "brand"));
        assertSame(second.get("tags"), shared.of(attributes(2)).get("tags"));
    }

    @Test
    void values_beyondTheBound_areKeptAsTheyCome_andOtherNamesGoOnSharing() {
        for (int i = 0; i < SharedAttributes.MOST_VALUES; i++) {
            Map<String, AttributeValue> _ = shared.of(Map.of("sku", new AttributeValue.Numeric(i)));
        }
        AttributeValue late =
                shared.of(Map.of("sku", new AttributeValue.Numeric(-1))).get("sku");
        assertNotSame(
                late, shared.of(Map.of("sku", new AttributeValue.Numeric(-1))).get("sku"));
        assertEquals(late, new AttributeValue.Numeric(-1));
        assertSame(
                shared.of(Map.of("sku", new AttributeValue.Numeric(7))).get("sku"),
                shared.of(Map.of("sku", new AttributeValue.Numeric(7))).get("sku"));
        assertSame(
                shared.of(attributes(1)).get("brand"), shared.of(attributes(1)).get("brand"));
    }

    @Test
    void names_beyondTheBound_areKeptAsTheyCome() {
        for (int i = 0; i < SharedAttributes.MOST_NAMES; i++) {
            Map<String, AttributeValue> _ = shared.of(Map.of("name" + i, new AttributeValue.Flag(true)));
        }
        assertEquals(attributes(1), shared.of(attributes(1)));
        assertNotSame(
                shared.of(attributes(1)).get("brand"), shared.of(attributes(1)).get("brand"));
    }

    @Test
    void longTexts_areKeptAsTheyCome() {
        String text = "d".repeat(SharedAttributes.MOST_LETTERS);
        assertSame(one("note", text), one("note", text));
        assertNotSame(one("note", text + "d"), one("note", text + "d"));
        assertEquals(new AttributeValue.Text(text + "d"), one("note", text + "d"));
        List<String> list = List.of("x", text);
        assertNotSame(
                shared.of(Map.of("tags", new AttributeValue.Texts(list))).get("tags"),
                shared.of(Map.of("tags", new AttributeValue.Texts(list))).get("tags"));
    }

    /** Of items that came and went: what they had does not stay for ever, and what others have is shared anew. */
    @Test
    void everything_isForgotten_whereAllTogetherIsLarge() {
        AttributeValue before = shared.of(attributes(1)).get("brand");
        assertSame(before, shared.of(attributes(1)).get("brand"));
        int letters = 200;
        for (long i = 0; i < SharedAttributes.MOST_BYTES / (2 * letters); i++) {
            AttributeValue _ = one("name" + i % 50, i + "v".repeat(letters));
        }
        AttributeValue after = shared.of(attributes(1)).get("brand");
        assertEquals(before, after);
        assertNotSame(before, after);
        assertSame(after, shared.of(attributes(1)).get("brand"));
    }

    private @Nullable AttributeValue one(String name, String text) {
        return shared.of(Map.of(name, new AttributeValue.Text(own(text)))).get(name);
    }

    /** Of objects that nobody else has. */
    private static Map<String, AttributeValue> attributes(int i) {
        return Map.of(
                own("brand"), new AttributeValue.Text(own("a brand")),
                own("price"), new AttributeValue.Numeric(1.5),
                own("flag"), new AttributeValue.Flag(true),
                own("tags"), new AttributeValue.Texts(List.of(own("x"), "only " + i)));
    }

    private static List<String> texts(Map<String, AttributeValue> attributes) {
        return ((AttributeValue.Texts) attributes.get("tags")).values();
    }

    private static String name(Map<String, AttributeValue> attributes, String name) {
        return attributes.keySet().stream().filter(name::equals).findFirst().orElseThrow();
    }

    private static String own(String text) {
        return new StringBuilder(text).toString();
    }
}
