package dev.millrace.models;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.DeserializationFeature;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.json.JsonMapper;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;

import java.nio.charset.StandardCharsets;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.SortedMap;
import java.util.TreeMap;

/**
 * The JSON of a bundle: the manifest in its one canonical form, and the lines of the other files (stateless).
 *
 * <p>Canonical: two-space indent, this order of fields, maps sorted by name, one final newline. A manifest that differs
 * from its own canonical form by a byte is refused, so that no byte of a bundle can change unseen.
 */
final class BundleJson {
    private static final int VERSION_DIGITS = 20;
    private static final ObjectMapper MAPPER = JsonMapper.builder()
            .enable(DeserializationFeature.FAIL_ON_TRAILING_TOKENS)
            .build();

    private BundleJson() {}

    /** The canonical manifest; the version is computed here, whatever {@code manifest} carries. */
    static byte[] manifest(BundleManifest manifest) throws JsonProcessingException {
        String version = DurableFiles.hexDigest(encode(manifest, "")).substring(0, VERSION_DIGITS);
        return encode(manifest, version);
    }

    private static byte[] encode(BundleManifest manifest, String version) throws JsonProcessingException {
        ObjectNode root = MAPPER.createObjectNode();
        root.put("schema", manifest.schema());
        root.put("version", version);
        root.put("created", manifest.created().toString());
        root.put("kind", manifest.kind());
        root.put("dimension", manifest.shape().dimension());
        root.put("historyLength", manifest.shape().historyLength());
        root.put("items", manifest.shape().items());
        ObjectNode metrics = root.putObject("metrics");
        manifest.facts().metrics().forEach(metrics::put);
        ObjectNode lineage = root.putObject("lineage");
        manifest.facts().lineage().forEach(lineage::put);
        if (manifest.schema() > 1) {
            ObjectNode features = root.putObject("features");
            manifest.facts().features().forEach(features::put);
            ArrayNode parents = root.putArray("parents");
            manifest.facts().parents().forEach(parents::add);
        }
        ObjectNode files = root.putObject("files");
        manifest.files()
                .forEach((name, digest) ->
                        files.putObject(name).put("bytes", digest.bytes()).put("sha256", digest.sha256()));
        return (root.toPrettyString() + "\n").getBytes(StandardCharsets.UTF_8);
    }

    /** The manifest's schema alone, so that another layout can be named before it is misread. */
    static int schema(JsonNode root) {
        return required(root, "schema").intValue();
    }

    static JsonNode tree(byte[] json) throws JsonProcessingException {
        JsonNode root = MAPPER.readTree(new String(json, StandardCharsets.UTF_8));
        if (root == null || !root.isObject()) {
            throw new IllegalArgumentException("it is not a JSON object");
        }
        return root;
    }

    static BundleManifest manifest(JsonNode root) {
        SortedMap<String, Double> metrics = new TreeMap<>();
        for (Map.Entry<String, JsonNode> entry : required(root, "metrics").properties()) {
            metrics.put(entry.getKey(), entry.getValue().doubleValue());
        }
        SortedMap<String, String> lineage = new TreeMap<>();
        for (Map.Entry<String, JsonNode> entry : required(root, "lineage").properties()) {
            lineage.put(entry.getKey(), entry.getValue().textValue());
        }
        SortedMap<String, String> features = new TreeMap<>();
        List<String> parents = new ArrayList<>();
        if (schema(root) > 1) {
            for (Map.Entry<String, JsonNode> entry : required(root, "features").properties()) {
                features.put(entry.getKey(), entry.getValue().textValue());
            }
            required(root, "parents").forEach(parent -> parents.add(parent.textValue()));
        }
        SortedMap<String, BundleManifest.FileDigest> files = new TreeMap<>();
        for (Map.Entry<String, JsonNode> entry : required(root, "files").properties()) {
            files.put(
                    entry.getKey(),
                    new BundleManifest.FileDigest(
                            required(entry.getValue(), "bytes").longValue(),
                            required(entry.getValue(), "sha256").textValue()));
        }
        return new BundleManifest(
                schema(root),
                required(root, "version").asText(),
                Instant.parse(required(root, "created").asText()),
                required(root, "kind").asText(),
                new BundleManifest.Shape(
                        required(root, "dimension").intValue(),
                        required(root, "historyLength").intValue(),
                        required(root, "items").intValue()),
                new BundleManifest.Facts(metrics, lineage, features, parents),
                files);
    }

    private static JsonNode required(JsonNode node, String field) {
        JsonNode value = node.get(field);
        if (value == null) {
            throw new IllegalArgumentException("its field '" + field + "' is missing");
        }
        return value;
    }

    static String quoted(String text) throws JsonProcessingException {
        return MAPPER.writeValueAsString(text);
    }

    static String unquoted(String line) throws JsonProcessingException {
        return MAPPER.readValue(line, String.class);
    }

    static String line(CurvePoint point) throws JsonProcessingException {
        return MAPPER.writeValueAsString(point);
    }

    static CurvePoint curvePoint(String line) throws JsonProcessingException {
        return MAPPER.readValue(line, CurvePoint.class);
    }
}
