package dev.millrace.cli.doctor;

/**
 * One thing that the machine has or lacks.
 *
 * @param subject what was looked at
 * @param value what was found
 * @param meaning what that means for Millrace, and what to do where it could be better
 */
public record Finding(String subject, String value, Verdict verdict, String meaning) {
    /** How good the finding is for Millrace. */
    public enum Verdict {
        GOOD,
        /** It works, but something is slower or smaller than it could be. */
        LIMITED,
        /** Millrace does not work like this. */
        MISSING
    }

    static Finding good(String subject, String value, String meaning) {
        return new Finding(subject, value, Verdict.GOOD, meaning);
    }

    static Finding limited(String subject, String value, String meaning) {
        return new Finding(subject, value, Verdict.LIMITED, meaning);
    }

    static Finding missing(String subject, String value, String meaning) {
        return new Finding(subject, value, Verdict.MISSING, meaning);
    }
}
