package dev.millrace.storage.cold;

import org.jspecify.annotations.Nullable;

import java.io.IOException;

/** Why a cold store did not do what it was asked to. */
public final class ColdStoreException extends IOException {
    private static final long serialVersionUID = 1L;

    /** What a caller can decide by. */
    public enum Reason {
        /** There is no object of that name. */
        MISSING,
        /** An object of that name has other content. */
        CONFLICT,
        /** The object, or the file that was to become one, is not what it was sealed as. */
        DAMAGED,
        /** The deadline passed. */
        LATE,
        /** The store failed, cannot be reached or refuses. */
        UNAVAILABLE
    }

    private final Reason reason;

    public ColdStoreException(Reason reason, String message) {
        this(reason, message, null);
    }

    public ColdStoreException(Reason reason, String message, @Nullable Throwable cause) {
        super(message, cause);
        this.reason = reason;
    }

    public Reason reason() {
        return reason;
    }
}
