package dev.millrace.cli;

import java.io.Console;

/** Whether a person watches, which decides between moving bars and plain lines. */
final class Terminal {
    private Terminal() {}

    /** False where standard input or output is a file, a pipe or a log. */
    static boolean isInteractive() {
        Console console = System.console();
        return console != null && console.isTerminal();
    }
}
