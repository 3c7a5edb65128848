package dev.millrace.server.docs;

import com.fasterxml.jackson.databind.JsonNode;

import java.util.Locale;
import java.util.Map;

/** An OpenAPI description as a page for people: operations by subject, then the types. Owned by one thread. */
final class ApiText {
    private final JsonNode api;
    private final Html html = new Html();
    private final TypeText types;

    ApiText(JsonNode api) {
        this.api = api;
        this.types = new TypeText(html);
    }

    String html() {
        head();
        html.open("body");
        navigation();
        html.open("main");
        introduction();
        for (JsonNode tag : api.path("tags")) {
            subject(tag);
        }
        html.open("section", "id", "types").element("h2", "Types");
        api.path("components").path("schemas").properties().forEach(types::type);
        html.close("section").close("main").close("body").close("html");
        return "<!doctype html>" + html;
    }

    private void head() {
        html.open("html", "lang", "en").open("head");
        html.open("meta", "charset", "utf-8");
        html.open("meta", "name", "viewport", "content", "width=device-width, initial-scale=1");
        html.element("title", title() + " API");
        // An icon of no bytes: browsers would ask for /favicon.ico.
        html.open("link", "rel", "icon", "href", "data:,");
        html.open("link", "rel", "stylesheet", "href", "/docs/docs.css").close("head");
    }

    private String title() {
        return api.path("info").path("title").asText();
    }

    private void navigation() {
        html.open("nav", "aria-label", "Contents");
        for (JsonNode tag : api.path("tags")) {
            String name = tag.path("name").asText();
            html.element("a", capital(name), "href", "#" + name);
        }
        html.element("a", "Types", "href", "#types");
        html.element("a", "OpenAPI", "href", "/openapi.json").close("nav");
    }

    private void introduction() {
        html.element("h1", title() + " API");
        html.element("p", api.path("info").path("description").asText());
        html.open("p").text("Send the key with every request but those marked as open: ");
        html.element("code", "Authorization: Bearer KEY").text(" or ").element("code", "X-Api-Key: KEY");
        html.text(". A refusal is a ");
        types.reference("Problem");
        html.text(".").close("p");
    }

    private void subject(JsonNode tag) {
        String name = tag.path("name").asText();
        html.open("section", "id", name).element("h2", capital(name));
        html.element("p", tag.path("description").asText());
        for (Map.Entry<String, JsonNode> path : api.path("paths").properties()) {
            for (Map.Entry<String, JsonNode> operation : path.getValue().properties()) {
                if (operation.getValue().path("tags").path(0).asText().equals(name)) {
                    operation(operation.getKey().toUpperCase(Locale.ROOT), path.getKey(), operation.getValue());
                }
            }
        }
        html.close("section");
    }

    private void operation(String method, String path, JsonNode operation) {
        html.open("article", "id", operation.path("operationId").asText());
        html.open("h3").element("span", method, "class", "method " + method.toLowerCase(Locale.ROOT));
        html.text(" ").element("code", path);
        if (operation.has("security") && operation.path("security").isEmpty()) {
            html.text(" ").element("span", "open", "class", "open");
        }
        html.close("h3").element("p", operation.path("summary").asText());
        parameters(operation.path("parameters"));
        JsonNode bodies = operation.path("requestBody").path("content");
        if (!bodies.isEmpty()) {
            html.element("h4", "Body");
            bodies.properties().forEach(body -> body(body.getKey(), body.getValue()));
        }
        html.element("h4", "Answers").open("ul");
        operation.path("responses").properties().forEach(answer -> answer(answer.getKey(), answer.getValue()));
        html.close("ul");
        call(method, path, operation);
        html.close("article");
    }

    private void parameters(JsonNode parameters) {
        if (parameters.isEmpty()) {
            return;
        }
        html.element("h4", "Parameters").open("table");
        for (JsonNode parameter : parameters) {
            html.open("tr").open("td").element("code", parameter.path("name").asText());
            html.close("td").open("td").text(parameter.path("in").asText() + ", ");
            types.reference(parameter.path("schema"));
            html.close("td");
            html.open("td").text(parameter.path("description").asText());
            types.bounds(parameter.path("schema"));
            html.close("td").close("tr");
        }
        html.close("table");
    }

    private void body(String mediaType, JsonNode body) {
        html.open("p").element("code", mediaType).text(" ");
        types.reference(body.path("schema"));
        html.close("p");
        for (Map.Entry<String, JsonNode> example : body.path("examples").properties()) {
            html.open("details").element("summary", "Example: " + example.getKey());
            html.element("pre", pretty(example.getValue().path("value"))).close("details");
        }
    }

    private void answer(String status, JsonNode given) {
        JsonNode answer = resolved(given);
        html.open("li")
                .element("code", status)
                .text(" " + answer.path("description").asText() + " ");
        answer.path("content").properties().forEach(content -> {
            html.text("→ ");
            types.reference(content.getValue().path("schema"));
        });
        html.close("li");
    }

    /** What a reference names; the node itself where it is none. */
    private JsonNode resolved(JsonNode node) {
        String reference = node.path("$ref").asText();
        return reference.isEmpty() ? node : api.at(reference.substring(1));
    }

    private void call(String method, String path, JsonNode operation) {
        StringBuilder call = new StringBuilder("curl ");
        call.append(method.equals("HEAD") ? "--head " : method.equals("GET") ? "" : "-X " + method + " ");
        call.append(api.path("servers").path(0).path("url").asText()).append(path);
        if (!operation.has("security")) {
            call.append(" -H \"Authorization: Bearer $MILLRACE_KEY\"");
        }
        for (Map.Entry<String, JsonNode> body :
                operation.path("requestBody").path("content").properties()) {
            JsonNode example = first(body.getValue().path("examples"));
            call.append(" \\\n  -H 'Content-Type: ").append(body.getKey()).append('\'');
            call.append(" -d '")
                    .append(example.toString().replace("'", "'\\''"))
                    .append('\'');
            break;
        }
        html.open("details")
                .element("summary", "Call")
                .element("pre", call.toString())
                .close("details");
    }

    private static JsonNode first(JsonNode examples) {
        return examples.isEmpty() ? examples : examples.iterator().next().path("value");
    }

    private static String pretty(JsonNode example) {
        return example.isTextual() ? example.asText() : example.toPrettyString();
    }

    private static String capital(String name) {
        return name.substring(0, 1).toUpperCase(Locale.ROOT) + name.substring(1);
    }
}
