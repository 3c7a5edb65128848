package dev.millrace.model;

/** A value broke the rule of its type: the caller must send another one. */
public final class InvalidValueException extends IllegalArgumentException {
    private static final long serialVersionUID = 1L;

    private final String field;

    /**
     * @param field the field or type whose value is wrong
     * @param problem the offending value, what was expected and what to do, to be read after the field's name
     */
    public InvalidValueException(String field, String problem) {
        super(field + " " + problem);
        this.field = field;
    }

    public String field() {
        return field;
    }
}
