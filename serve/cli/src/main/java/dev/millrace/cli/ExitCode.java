package dev.millrace.cli;

/** What the process tells its caller; scripts rely on these numbers. */
final class ExitCode {
    static final int OK = 0;
    static final int FAILED = 1;
    static final int USAGE = 2;

    private ExitCode() {}
}
