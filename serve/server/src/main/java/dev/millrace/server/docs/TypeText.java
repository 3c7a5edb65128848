package dev.millrace.server.docs;

import com.fasterxml.jackson.databind.JsonNode;

import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;

/** The types of an API in words, each linked to its own description. Owned by one thread. */
final class TypeText {
    private static final String SCHEMAS = "#/components/schemas/";
    private static final List<String> BOUNDS = List.of(
            "default",
            "minimum",
            "exclusiveMinimum",
            "maximum",
            "minLength",
            "maxLength",
            "minItems",
            "maxItems",
            "format");

    private final Html html;

    TypeText(Html html) {
        this.html = html;
    }

    /** The description of one named type. */
    void type(Map.Entry<String, JsonNode> named) {
        JsonNode schema = named.getValue();
        html.open("article", "id", "type-" + named.getKey()).element("h3", named.getKey());
        html.element("p", schema.path("description").asText());
        if (schema.has("oneOf")) {
            html.element("p", "One of:").open("ul");
            for (JsonNode form : schema.path("oneOf")) {
                html.open("li");
                html.text(form.path("description").asText());
                form(form);
                html.close("li");
            }
            html.close("ul");
        } else {
            form(schema);
        }
        html.close("article");
    }

    private void form(JsonNode schema) {
        if (!schema.has("properties")) {
            reference(schema);
            bounds(schema);
            return;
        }
        Set<String> required = new HashSet<>();
        schema.path("required").forEach(name -> required.add(name.asText()));
        if (schema.path("properties").isEmpty()) {
            return;
        }
        html.open("table");
        for (Map.Entry<String, JsonNode> property : schema.path("properties").properties()) {
            html.open("tr").open("td").element("code", property.getKey());
            html.element("span", required.contains(property.getKey()) ? " required" : "", "class", "required");
            html.close("td").open("td");
            reference(property.getValue());
            html.close("td")
                    .open("td")
                    .text(property.getValue().path("description").asText());
            bounds(property.getValue());
            html.close("td").close("tr");
        }
        html.close("table");
    }

    /** A type by name, with a link where it has a description of its own. */
    void reference(JsonNode schema) {
        if (schema.has("$ref")) {
            reference(schema.path("$ref").asText().substring(SCHEMAS.length()));
        } else if (schema.has("oneOf")) {
            String between = "";
            for (JsonNode form : schema.path("oneOf")) {
                html.text(between);
                reference(form);
                between = " or ";
            }
        } else if (schema.path("type").asText().equals("array")) {
            html.text("array of ");
            reference(schema.path("items"));
        } else if (schema.path("additionalProperties").isObject()) {
            html.text("object of ");
            reference(schema.path("additionalProperties"));
        } else {
            html.text(plain(schema));
        }
    }

    void reference(String name) {
        html.element("a", name, "href", "#type-" + name);
    }

    private static String plain(JsonNode schema) {
        JsonNode type = schema.path("type");
        if (!type.isArray()) {
            return type.asText("any");
        }
        StringBuilder types = new StringBuilder();
        type.forEach(one -> types.append(types.isEmpty() ? "" : " or ").append(one.asText()));
        return types.toString();
    }

    /** What a value may be beyond its type. */
    void bounds(JsonNode schema) {
        StringBuilder bounds = new StringBuilder();
        for (String name : BOUNDS) {
            if (schema.has(name)) {
                bounds.append(bounds.isEmpty() ? "" : ", ").append(name).append(' ');
                bounds.append(schema.path(name).asText());
            }
        }
        for (JsonNode value : schema.path("enum")) {
            bounds.append(bounds.isEmpty() ? "" : ", ").append(value.asText());
        }
        html.text(" ").element("small", bounds.toString());
    }
}
