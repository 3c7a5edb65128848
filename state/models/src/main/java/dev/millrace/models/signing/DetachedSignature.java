package dev.millrace.models.signing;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.json.JsonMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;

import java.nio.charset.StandardCharsets;
import java.util.Base64;

/**
 * A signature that lies beside what it signs (immutable).
 *
 * @param keyId names the key that made it: see {@link SigningKeys#keyId}
 * @param value the 64 bytes of Ed25519 in base64
 */
public record DetachedSignature(String keyId, String value) {
    private static final String ALGORITHM = "Ed25519";
    private static final JsonMapper MAPPER = JsonMapper.builder().build();

    /** @throws IllegalArgumentException saying what is wrong with the text */
    public static DetachedSignature decode(byte[] json) {
        try {
            JsonNode root = MAPPER.readTree(json);
            String algorithm = root.path("algorithm").asText();
            if (!algorithm.equals(ALGORITHM)) {
                throw new IllegalArgumentException(
                        "its algorithm is '" + algorithm + "'; only " + ALGORITHM + " is read");
            }
            return new DetachedSignature(
                    root.path("key").asText(), root.path("signature").asText());
        } catch (JsonProcessingException e) {
            throw new IllegalArgumentException("it is not JSON: " + e.getOriginalMessage(), e);
        } catch (java.io.IOException e) {
            throw new IllegalArgumentException("it cannot be read: " + e.getMessage(), e);
        }
    }

    public byte[] encode() {
        ObjectNode root = MAPPER.createObjectNode()
                .put("algorithm", ALGORITHM)
                .put("key", keyId)
                .put("signature", value);
        return (root.toPrettyString() + "\n").getBytes(StandardCharsets.UTF_8);
    }

    static DetachedSignature of(String keyId, byte[] signature) {
        return new DetachedSignature(keyId, Base64.getEncoder().encodeToString(signature));
    }

    byte[] bytes() {
        return Base64.getDecoder().decode(value);
    }
}
