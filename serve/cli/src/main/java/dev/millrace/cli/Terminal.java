package dev.millrace.cli;

import java.io.Console;

/** Whether a person watches, which decides between moving bars and plain lines. */
final class Terminal {
    private Terminal() {}

    /**
     * False where standard input or output is a file, a pipe or a log. The JDK's default console changed twice between 22 and 25;
     * the built-in one is null where there is no terminal.
     */
    @SuppressWarnings("SystemConsoleNull")
    static boolean isInteractive() {
        Console console = System.console();
        return console != null && console.isTerminal();
    }
}
