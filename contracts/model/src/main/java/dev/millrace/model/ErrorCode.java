package dev.millrace.model;

/** Every error that Millrace reports, grouped by who must act. */
public enum ErrorCode {
    /** The request cannot be read or breaks a rule of its fields. */
    INVALID_REQUEST(Actor.CALLER, 400),
    /** No key, or an unknown one. */
    UNAUTHENTICATED(Actor.CALLER, 401),
    /** The key is known but not allowed to do this. */
    FORBIDDEN(Actor.CALLER, 403),
    /** The named item, user, model or page does not exist. */
    NOT_FOUND(Actor.CALLER, 404),
    /** The request contradicts the present state. */
    CONFLICT(Actor.CALLER, 409),
    /** The body is larger than the limit. */
    TOO_LARGE(Actor.CALLER, 413),
    /** The server has no capacity for this request now: try again after the time it names. */
    OVERLOADED(Actor.OVERLOAD, 429),
    /** The deadline passed before an answer was ready. */
    DEADLINE_EXCEEDED(Actor.OVERLOAD, 504),
    /** The server is starting or draining. */
    UNAVAILABLE(Actor.DEPENDENCY, 503),
    /** The disk is full or failing: nothing was acknowledged. */
    STORAGE_FAILED(Actor.DEPENDENCY, 503),
    /** A defect of Millrace. */
    INTERNAL(Actor.INTERNAL, 500);

    /** Who must act when an error occurs. */
    public enum Actor {
        CALLER,
        OVERLOAD,
        DEPENDENCY,
        INTERNAL
    }

    private final Actor actor;
    private final int httpStatus;

    ErrorCode(Actor actor, int httpStatus) {
        this.actor = actor;
        this.httpStatus = httpStatus;
    }

    public Actor actor() {
        return actor;
    }

    public int httpStatus() {
        return httpStatus;
    }
}
