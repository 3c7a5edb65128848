package dev.millrace.model;

/** The rule that all ids share: 1 to 256 UTF-16 units, no control characters, no blank ends. */
final class Ids {
    static final int MAX_LENGTH = 256;

    private Ids() {}

    static void requireValid(String type, String value) {
        if (value.isEmpty() || value.length() > MAX_LENGTH) {
            throw new InvalidValueException(type, "has " + value.length() + " characters; give 1 to " + MAX_LENGTH);
        }
        if (!value.equals(value.strip())) {
            throw new InvalidValueException(type, "'" + value + "' begins or ends with white space; remove it");
        }
        for (int i = 0; i < value.length(); i++) {
            if (Character.isISOControl(value.charAt(i))) {
                throw new InvalidValueException(type, "has a control character at position " + i + "; remove it");
            }
        }
    }
}
