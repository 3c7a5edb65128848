package dev.millrace.cli;

/** Shows nothing: the caller is a machine. */
final class SilentProgress implements ProgressDisplay {
    @Override
    public void show(long done, long total, String note) {}

    @Override
    public void close() {}
}
