package dev.millrace.evaluation;

import dev.millrace.model.InvalidValueException;

import java.util.Arrays;
import java.util.Locale;

/** Which models an evaluation can measure. */
public enum ModelChoice {
    POPULARITY,
    ITEM_TO_ITEM,
    SEQUENTIAL_RIDGE,
    /** The same as it proposes candidates. */
    RIDGE_SOURCE,
    /** The trained one, or the given bundle. */
    MODEL;

    /** @throws InvalidValueException when no model has this name */
    public static ModelChoice named(String name) {
        for (ModelChoice choice : values()) {
            if (choice.toString().equals(name)) {
                return choice;
            }
        }
        throw new InvalidValueException(
                "model", "'" + name + "' is unknown; expected one of " + Arrays.toString(values()));
    }

    @Override
    public String toString() {
        return name().toLowerCase(Locale.ROOT).replace('_', '-');
    }
}
