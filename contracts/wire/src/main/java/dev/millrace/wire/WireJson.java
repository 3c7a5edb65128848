package dev.millrace.wire;

import com.fasterxml.jackson.core.JsonFactory;
import com.fasterxml.jackson.core.StreamReadConstraints;
import com.fasterxml.jackson.core.StreamReadFeature;
import com.fasterxml.jackson.databind.DeserializationFeature;
import com.fasterxml.jackson.databind.MapperFeature;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.cfg.CoercionAction;
import com.fasterxml.jackson.databind.cfg.CoercionInputShape;
import com.fasterxml.jackson.databind.json.JsonMapper;
import com.fasterxml.jackson.databind.module.SimpleModule;
import com.fasterxml.jackson.databind.type.LogicalType;
import dev.millrace.model.AttributeValue;
import dev.millrace.model.Filter;

import java.time.Instant;

/** The JSON of the public API: what the server reads strictly, clients read leniently. Thread-safe. */
public final class WireJson {
    static final int MAX_DEPTH = 64;
    static final int MAX_TEXT_CHARS = 1 << 20;
    static final int MAX_NAME_CHARS = 1024;
    static final int MAX_NUMBER_CHARS = 64;

    private static final ObjectMapper STRICT = mapper(true);
    private static final ObjectMapper LENIENT = mapper(false);

    private WireJson() {}

    /** Refuses unknown fields, wrong types, duplicate fields and trailing text. */
    public static ObjectMapper strict() {
        return STRICT;
    }

    /** Ignores unknown fields, so that a client outlives an addition to the answers. */
    public static ObjectMapper lenient() {
        return LENIENT;
    }

    private static ObjectMapper mapper(boolean strict) {
        JsonMapper.Builder builder = JsonMapper.builder(factory(strict))
                .configure(DeserializationFeature.FAIL_ON_UNKNOWN_PROPERTIES, strict)
                .configure(DeserializationFeature.FAIL_ON_TRAILING_TOKENS, strict)
                .disable(MapperFeature.ALLOW_COERCION_OF_SCALARS)
                .disable(DeserializationFeature.ACCEPT_FLOAT_AS_INT)
                .addModule(types());
        for (LogicalType type : new LogicalType[] {LogicalType.Textual}) {
            builder.withCoercionConfig(
                    type,
                    rule -> rule.setCoercion(CoercionInputShape.Integer, CoercionAction.Fail)
                            .setCoercion(CoercionInputShape.Float, CoercionAction.Fail)
                            .setCoercion(CoercionInputShape.Boolean, CoercionAction.Fail));
        }
        return builder.build();
    }

    private static JsonFactory factory(boolean strict) {
        return JsonFactory.builder()
                .streamReadConstraints(StreamReadConstraints.builder()
                        .maxNestingDepth(MAX_DEPTH)
                        .maxStringLength(MAX_TEXT_CHARS)
                        .maxNameLength(MAX_NAME_CHARS)
                        .maxNumberLength(MAX_NUMBER_CHARS)
                        .build())
                .configure(StreamReadFeature.STRICT_DUPLICATE_DETECTION, strict)
                .configure(StreamReadFeature.INCLUDE_SOURCE_IN_LOCATION, false)
                .build();
    }

    private static SimpleModule types() {
        return new SimpleModule("millrace")
                .addSerializer(Instant.class, new InstantJson.Writer())
                .addDeserializer(Instant.class, new InstantJson.Reader())
                .addSerializer(AttributeValue.class, new AttributeJson.Writer())
                .addDeserializer(AttributeValue.class, new AttributeJson.Reader())
                .addSerializer(Filter.class, new FilterJson.Writer())
                .addDeserializer(Filter.class, new FilterJson.Reader());
    }
}
