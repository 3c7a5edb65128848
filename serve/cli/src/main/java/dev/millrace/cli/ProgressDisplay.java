package dev.millrace.cli;

import java.io.PrintWriter;

/** Shows how far long work is: on standard error, so that results stay alone on standard output. Owned by one thread. */
interface ProgressDisplay extends AutoCloseable {
    /**
     * @param done in the same unit as {@code total}
     * @param note what is happening, in a few words
     */
    void show(long done, long total, String note);

    @Override
    void close();

    /**
     * A moving bar for people at a terminal, plain lines for logs, nothing for machines.
     *
     * @param unit what is counted, with its size; {@code "MB", 1 << 20} shows bytes as megabytes
     */
    static ProgressDisplay of(String task, String unit, long unitSize, OutputOptions output, PrintWriter err) {
        if (output.isJson()) {
            return new SilentProgress();
        }
        return Terminal.isInteractive() ? new BarProgress(task, unit, unitSize) : new LineProgress(task, err);
    }
}
