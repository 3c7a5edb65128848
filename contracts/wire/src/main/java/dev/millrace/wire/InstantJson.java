package dev.millrace.wire;

import com.fasterxml.jackson.core.JsonGenerator;
import com.fasterxml.jackson.core.JsonParser;
import com.fasterxml.jackson.core.JsonToken;
import com.fasterxml.jackson.databind.DeserializationContext;
import com.fasterxml.jackson.databind.JsonDeserializer;
import com.fasterxml.jackson.databind.JsonSerializer;
import com.fasterxml.jackson.databind.SerializerProvider;
import dev.millrace.model.InvalidValueException;

import java.io.IOException;
import java.time.DateTimeException;
import java.time.Instant;
import java.time.OffsetDateTime;

/** A point in time as ISO-8601 text; also read from milliseconds since 1970. */
final class InstantJson {
    /** The years 0001 to 9999, which every format that Millrace writes can hold. */
    private static final long MIN_MILLIS = -62_135_596_800_000L;

    private static final long MAX_MILLIS = 253_402_300_799_999L;

    private InstantJson() {}

    static final class Writer extends JsonSerializer<Instant> {
        @Override
        public void serialize(Instant value, JsonGenerator out, SerializerProvider context) throws IOException {
            out.writeString(value.toString());
        }
    }

    static final class Reader extends JsonDeserializer<Instant> {
        @Override
        public Instant deserialize(JsonParser in, DeserializationContext context) throws IOException {
            return switch (in.currentToken()) {
                case JsonToken.VALUE_NUMBER_INT -> bounded(in.getText(), Instant.ofEpochMilli(in.getLongValue()));
                case JsonToken.VALUE_STRING -> parse(in.getText());
                case null, default -> throw wrong(in.getText());
            };
        }

        private static Instant parse(String text) {
            try {
                return bounded(text, OffsetDateTime.parse(text).toInstant());
            } catch (DateTimeException e) {
                throw wrong(text);
            }
        }

        private static Instant bounded(String text, Instant value) {
            long seconds = value.getEpochSecond();
            if (seconds < MIN_MILLIS / 1000 || seconds > MAX_MILLIS / 1000) {
                throw wrong(text);
            }
            return value;
        }

        private static InvalidValueException wrong(String text) {
            return new InvalidValueException(
                    "",
                    "'" + text
                            + "' is not a time; give ISO-8601 such as 2026-01-31T12:00:00Z or milliseconds since 1970");
        }
    }
}
