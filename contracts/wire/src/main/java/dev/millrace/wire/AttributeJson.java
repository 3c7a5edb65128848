package dev.millrace.wire;

import com.fasterxml.jackson.core.JsonGenerator;
import com.fasterxml.jackson.core.JsonParser;
import com.fasterxml.jackson.core.JsonToken;
import com.fasterxml.jackson.databind.DeserializationContext;
import com.fasterxml.jackson.databind.JsonDeserializer;
import com.fasterxml.jackson.databind.JsonSerializer;
import com.fasterxml.jackson.databind.SerializerProvider;
import dev.millrace.model.AttributeValue;
import dev.millrace.model.InvalidValueException;

import java.io.IOException;
import java.util.ArrayList;
import java.util.List;

/** An attribute's value as plain JSON: a text, a number, true or false, or an array of texts. */
final class AttributeJson {
    private AttributeJson() {}

    static final class Writer extends JsonSerializer<AttributeValue> {
        @Override
        public void serialize(AttributeValue value, JsonGenerator out, SerializerProvider context) throws IOException {
            switch (value) {
                case AttributeValue.Text text -> out.writeString(text.value());
                case AttributeValue.Numeric number -> writeNumber(number.value(), out);
                case AttributeValue.Flag flag -> out.writeBoolean(flag.value());
                case AttributeValue.Texts texts -> writeTexts(texts.values(), out);
            }
        }

        /** Whole numbers are written without a fraction, as people gave them. */
        private static void writeNumber(double value, JsonGenerator out) throws IOException {
            if (value == Math.rint(value) && Math.abs(value) < 1L << 53) {
                out.writeNumber((long) value);
            } else {
                out.writeNumber(value);
            }
        }

        private static void writeTexts(List<String> values, JsonGenerator out) throws IOException {
            out.writeStartArray();
            for (String value : values) {
                out.writeString(value);
            }
            out.writeEndArray();
        }
    }

    static final class Reader extends JsonDeserializer<AttributeValue> {
        @Override
        public AttributeValue deserialize(JsonParser in, DeserializationContext context) throws IOException {
            try {
                return read(in);
            } catch (InvalidValueException e) {
                // The path to the value already names the attribute.
                throw new InvalidValueException(e.field().equals("attribute") ? "" : e.field(), Given.problem(e));
            }
        }

        private static AttributeValue read(JsonParser in) throws IOException {
            return switch (in.currentToken()) {
                case JsonToken.VALUE_STRING -> new AttributeValue.Text(in.getText());
                case JsonToken.VALUE_NUMBER_INT, JsonToken.VALUE_NUMBER_FLOAT ->
                    new AttributeValue.Numeric(in.getDoubleValue());
                case JsonToken.VALUE_TRUE -> new AttributeValue.Flag(true);
                case JsonToken.VALUE_FALSE -> new AttributeValue.Flag(false);
                case JsonToken.START_ARRAY -> readTexts(in);
                case null, default ->
                    throw new InvalidValueException(
                            "", "is an object; give a text, a number, true, false or an array of texts");
            };
        }

        private static AttributeValue readTexts(JsonParser in) throws IOException {
            List<String> values = new ArrayList<>();
            while (in.nextToken() != JsonToken.END_ARRAY) {
                if (in.currentToken() != JsonToken.VALUE_STRING) {
                    throw new InvalidValueException(
                            "[" + values.size() + "]", "'" + in.getText() + "' is not a text; give an array of texts");
                }
                values.add(in.getText());
            }
            return new AttributeValue.Texts(values);
        }
    }
}
