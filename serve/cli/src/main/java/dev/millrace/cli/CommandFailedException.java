package dev.millrace.cli;

/** A command that cannot do what was asked, with the sentence that tells the user why and what to do. */
final class CommandFailedException extends RuntimeException {
    private static final long serialVersionUID = 1;

    CommandFailedException(String message) {
        super(message);
    }

    CommandFailedException(String message, Throwable cause) {
        super(message, cause);
    }
}
