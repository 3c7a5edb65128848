package dev.millrace.evaluation;

import dev.millrace.model.InvalidValueException;

import java.util.Arrays;
import java.util.Locale;

/** How a dataset is divided into what is learnt from and what is asked. */
public enum Protocol {
    /** Each user's last action is asked. */
    LEAVE_ONE_OUT,
    /** What happens after a moment is asked. */
    TIME_SPLIT,
    /** A part of the actions of users whom nobody learnt from is asked. */
    STRONG_GENERALISATION,
    /** A part of everyone's actions, drawn by chance, is asked. */
    RANDOM_SPLIT;

    /** @throws InvalidValueException when no protocol has this name */
    public static Protocol named(String name) {
        for (Protocol protocol : values()) {
            if (protocol.toString().equals(name)) {
                return protocol;
            }
        }
        throw new InvalidValueException(
                "protocol", "'" + name + "' is unknown; expected one of " + Arrays.toString(values()) + " or all");
    }

    @Override
    public String toString() {
        return name().toLowerCase(Locale.ROOT).replace('_', '-');
    }
}
