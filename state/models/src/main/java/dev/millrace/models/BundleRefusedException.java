package dev.millrace.models;

import java.nio.file.Path;

/** A bundle that must not be used, with the reason. */
public final class BundleRefusedException extends RuntimeException {
    private static final long serialVersionUID = 1L;

    /** Why a bundle is refused. */
    public enum Reason {
        MISSING_FILE,
        EXTRA_FILE,
        WRONG_SIZE,
        WRONG_DIGEST,
        OLDER_SCHEMA,
        NEWER_SCHEMA,
        UNSIGNED,
        UNKNOWN_KEY,
        WRONG_SIGNATURE,
        MALFORMED
    }

    private final Reason reason;
    private final String problem;

    public BundleRefusedException(Reason reason, Path bundle, String problem) {
        super("bundle " + bundle + " is refused: " + problem);
        this.reason = reason;
        this.problem = problem;
    }

    /** The sentence without the bundle's place, which is nobody's business outside of this machine. */
    public String problem() {
        return problem;
    }

    public Reason reason() {
        return reason;
    }
}
