package dev.millrace.server.ingest;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.millrace.model.InvalidValueException;
import dev.millrace.wire.StrictJson;
import dev.millrace.wire.WireJson;

/** RFC 7396: a null removes a field, an object merges, everything else replaces. Stateless. */
final class MergePatch {
    private MergePatch() {}

    static <T> T apply(T present, byte[] patch, Class<T> type) {
        JsonNode change = StrictJson.tree(patch);
        if (!change.isObject()) {
            throw new InvalidValueException("", "the patch is not an object; give a JSON object with what changes");
        }
        JsonNode merged = merge(WireJson.strict().valueToTree(present), change);
        return StrictJson.read(merged, type);
    }

    private static JsonNode merge(JsonNode target, JsonNode change) {
        if (!change.isObject()) {
            return change;
        }
        ObjectNode result =
                target.isObject() ? (ObjectNode) target : WireJson.strict().createObjectNode();
        for (var field : change.properties()) {
            if (field.getValue().isNull()) {
                result.remove(field.getKey());
            } else {
                result.set(field.getKey(), merge(result.path(field.getKey()), field.getValue()));
            }
        }
        return result;
    }
}
