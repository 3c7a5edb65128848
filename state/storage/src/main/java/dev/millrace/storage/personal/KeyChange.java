package dev.millrace.storage.personal;

import dev.millrace.model.MillraceException;
import org.jspecify.annotations.Nullable;

/** One change that a thread wants and waits for. Written by the committing thread while it holds the table's lock. */
final class KeyChange {
    /** What is to be done. */
    enum Kind {
        /** A key, unless there is one or was one. */
        ADMIT,
        /** A key, also for one whose key was dropped. */
        READMIT,
        DROP
    }

    final Kind kind;
    final SubjectId subject;

    private boolean ended;
    private PersonalOutcome outcome = PersonalOutcome.DONE;
    private @Nullable ErasureReceipt receipt;
    private @Nullable MillraceException failure;

    KeyChange(Kind kind, SubjectId subject) {
        this.kind = kind;
        this.subject = subject;
    }

    boolean isEnded() {
        return ended;
    }

    void end() {
        ended = true;
    }

    void fail(MillraceException why) {
        failure = why;
        ended = true;
    }

    /** The person's key was dropped: nothing is done. */
    void refuse() {
        outcome = PersonalOutcome.ERASED;
    }

    void setReceipt(ErasureReceipt given) {
        receipt = given;
    }

    PersonalOutcome outcome() {
        throwFailure();
        return outcome;
    }

    ErasureReceipt receipt() {
        throwFailure();
        if (receipt == null) {
            throw new IllegalStateException("a change that is no drop has no receipt");
        }
        return receipt;
    }

    private void throwFailure() {
        if (failure != null) {
            throw new MillraceException(failure.code(), String.valueOf(failure.getMessage()), failure);
        }
    }
}
