package dev.millrace.wire;

import com.fasterxml.jackson.core.JsonGenerator;
import com.fasterxml.jackson.core.JsonParser;
import com.fasterxml.jackson.databind.DeserializationContext;
import com.fasterxml.jackson.databind.JsonDeserializer;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.JsonSerializer;
import com.fasterxml.jackson.databind.SerializerProvider;
import dev.millrace.model.AttributeValue;
import dev.millrace.model.Filter;
import dev.millrace.model.InvalidValueException;

import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.TreeSet;

/**
 * A filter as JSON: {@code {"topic":"Drama"}}, {@code {"attribute":"year","min":1990,"max":1999}},
 * {@code {"all":[…]}}, {@code {"any":[…]}}, {@code {"not":{…}}}, {@code {"attribute":"lang","in":[…]}} or
 * {@code {"attribute":"lang","equals":"en"}}; an empty object holds for every item.
 */
final class FilterJson {
    private static final String FORMS =
            "give one of {\"topic\":…}, {\"attribute\":…,\"equals\":…}, {\"attribute\":…,\"in\":[…]}, "
                    + "{\"attribute\":…,\"min\":…,\"max\":…}, {\"all\":[…]}, {\"any\":[…]}, {\"not\":{…}}";

    /** Filters are evaluated per candidate: this many conditions are enough for people and few enough for the budget. */
    private static final int MAX_CONDITIONS = 256;

    private FilterJson() {}

    static final class Writer extends JsonSerializer<Filter> {
        @Override
        public void serialize(Filter filter, JsonGenerator out, SerializerProvider context) throws IOException {
            out.writeStartObject();
            switch (filter) {
                case Filter.All all -> {}
                case Filter.HasTopic(String topic) -> out.writeStringField("topic", topic);
                case Filter.Equal(String attribute, AttributeValue value) -> {
                    out.writeStringField("attribute", attribute);
                    context.defaultSerializeField("equals", value, out);
                }
                case Filter.In(String attribute, List<AttributeValue> values) -> {
                    out.writeStringField("attribute", attribute);
                    context.defaultSerializeField("in", values, out);
                }
                case Filter.Between between -> writeBetween(between, out);
                case Filter.And(List<Filter> filters) -> context.defaultSerializeField("all", filters, out);
                case Filter.Or(List<Filter> filters) -> context.defaultSerializeField("any", filters, out);
                case Filter.Not(Filter inner) -> context.defaultSerializeField("not", inner, out);
            }
            out.writeEndObject();
        }

        private static void writeBetween(Filter.Between between, JsonGenerator out) throws IOException {
            out.writeStringField("attribute", between.attribute());
            if (between.min() != Double.NEGATIVE_INFINITY) {
                out.writeNumberField("min", between.min());
            }
            if (between.max() != Double.POSITIVE_INFINITY) {
                out.writeNumberField("max", between.max());
            }
        }
    }

    static final class Reader extends JsonDeserializer<Filter> {
        @Override
        public Filter deserialize(JsonParser in, DeserializationContext context) throws IOException {
            return read(context.readTree(in), "", new int[1]);
        }

        private static Filter read(JsonNode node, String path, int[] conditions) {
            if (!node.isObject()) {
                throw new InvalidValueException(path, "is " + kind(node) + "; " + FORMS);
            }
            if (++conditions[0] > MAX_CONDITIONS) {
                throw new InvalidValueException(path, "has too many conditions; give at most " + MAX_CONDITIONS);
            }
            Set<String> names = new TreeSet<>();
            node.fieldNames().forEachRemaining(names::add);
            if (names.isEmpty()) {
                return new Filter.All();
            }
            if (names.contains("attribute")) {
                return condition(node, names, path);
            }
            if (names.size() > 1) {
                throw unknown(path, names);
            }
            String name = names.iterator().next();
            JsonNode value = node.path(name);
            return switch (name) {
                case "topic" -> new Filter.HasTopic(text(value, join(path, name)));
                case "all" -> new Filter.And(filters(value, join(path, name), conditions));
                case "any" -> new Filter.Or(filters(value, join(path, name), conditions));
                case "not" -> new Filter.Not(read(value, join(path, name), conditions));
                default -> throw unknown(path, names);
            };
        }

        private static Filter condition(JsonNode node, Set<String> names, String path) {
            String attribute = text(node.path("attribute"), join(path, "attribute"));
            names.remove("attribute");
            if (names.equals(Set.of("equals"))) {
                return new Filter.Equal(attribute, value(node.path("equals"), join(path, "equals")));
            }
            if (names.equals(Set.of("in"))) {
                return new Filter.In(attribute, values(node.path("in"), join(path, "in")));
            }
            if (!names.isEmpty() && Set.of("min", "max").containsAll(names)) {
                return new Filter.Between(
                        attribute,
                        bound(node, "min", Double.NEGATIVE_INFINITY, path),
                        bound(node, "max", Double.POSITIVE_INFINITY, path));
            }
            throw unknown(path, names);
        }

        private static double bound(JsonNode node, String name, double absent, String path) {
            JsonNode value = node.path(name);
            if (value.isMissingNode()) {
                return absent;
            }
            if (!value.isNumber()) {
                throw new InvalidValueException(join(path, name), "is " + kind(value) + "; give a number");
            }
            return value.doubleValue();
        }

        private static List<Filter> filters(JsonNode array, String path, int[] conditions) {
            requireArray(array, path);
            List<Filter> filters = new ArrayList<>(array.size());
            for (int i = 0; i < array.size(); i++) {
                filters.add(read(array.get(i), path + "[" + i + "]", conditions));
            }
            return filters;
        }

        private static List<AttributeValue> values(JsonNode array, String path) {
            requireArray(array, path);
            if (array.size() > MAX_CONDITIONS) {
                throw new InvalidValueException(
                        path, "has " + array.size() + " entries; give at most " + MAX_CONDITIONS);
            }
            List<AttributeValue> values = new ArrayList<>(array.size());
            for (int i = 0; i < array.size(); i++) {
                values.add(value(array.get(i), path + "[" + i + "]"));
            }
            return values;
        }

        private static AttributeValue value(JsonNode node, String path) {
            if (node.isTextual()) {
                return new AttributeValue.Text(node.textValue());
            }
            if (node.isNumber()) {
                return new AttributeValue.Numeric(node.doubleValue());
            }
            if (node.isBoolean()) {
                return new AttributeValue.Flag(node.booleanValue());
            }
            throw new InvalidValueException(path, "is " + kind(node) + "; give a text, a number, true or false");
        }

        private static String text(JsonNode node, String path) {
            if (!node.isTextual() || node.textValue().isEmpty()) {
                throw new InvalidValueException(path, "is " + kind(node) + "; give a text that is not empty");
            }
            return node.textValue();
        }

        private static void requireArray(JsonNode node, String path) {
            if (!node.isArray() || node.isEmpty()) {
                throw new InvalidValueException(path, "is " + kind(node) + "; give an array with at least one entry");
            }
        }

        private static InvalidValueException unknown(String path, Set<String> names) {
            return new InvalidValueException(path, "has the fields " + names + " together; " + FORMS);
        }

        private static String kind(JsonNode node) {
            return switch (node.getNodeType()) {
                case ARRAY -> node.isEmpty() ? "an empty array" : "an array";
                case OBJECT, POJO -> "an object";
                case STRING -> node.textValue().isEmpty() ? "an empty text" : "a text";
                case NUMBER -> "a number";
                case BOOLEAN -> "true or false";
                case NULL -> "null";
                case MISSING -> "missing";
                case BINARY -> "binary";
            };
        }

        private static String join(String path, String name) {
            return path.isEmpty() ? name : path + "." + name;
        }
    }
}
