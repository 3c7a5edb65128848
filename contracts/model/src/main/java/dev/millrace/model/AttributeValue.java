package dev.millrace.model;

import java.util.List;

/** The value of one attribute of an item or a user. */
public sealed interface AttributeValue {
    /** A text of at most 4,096 characters. */
    record Text(String value) implements AttributeValue {
        static final int MAX_LENGTH = 4096;

        public Text {
            if (value.length() > MAX_LENGTH) {
                throw new InvalidValueException(
                        "attribute", "has " + value.length() + " characters; give at most " + MAX_LENGTH);
            }
        }
    }

    /** A finite number. */
    record Numeric(double value) implements AttributeValue {
        public Numeric {
            if (!Double.isFinite(value)) {
                throw new InvalidValueException("attribute", value + " is not a finite number");
            }
        }
    }

    /** True or false. */
    record Flag(boolean value) implements AttributeValue {}

    /** Up to 256 texts. */
    record Texts(List<String> values) implements AttributeValue {
        static final int MAX_SIZE = 256;

        public Texts {
            values = List.copyOf(values);
            if (values.size() > MAX_SIZE) {
                throw new InvalidValueException(
                        "attribute", "has " + values.size() + " texts; give at most " + MAX_SIZE);
            }
        }
    }
}
