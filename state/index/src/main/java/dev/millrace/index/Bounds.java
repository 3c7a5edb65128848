package dev.millrace.index;

import dev.millrace.model.InvalidValueException;

/** The check that every limit of this module's configuration goes through. */
final class Bounds {
    private Bounds() {}

    static void require(String key, double value, double min, double max) {
        if (!(value >= min && value <= max)) {
            throw new InvalidValueException(key, "is " + value + "; give " + min + " to " + max);
        }
    }

    static void requireOrdinal(int ordinal) {
        if (ordinal < 0) {
            throw new InvalidValueException("ordinal", "is " + ordinal + "; give the item's ordinal, 0 or more");
        }
    }
}
