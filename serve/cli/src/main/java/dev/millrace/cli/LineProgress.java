package dev.millrace.cli;

import java.io.PrintWriter;
import java.time.Duration;
import java.util.Locale;

/** A line every few seconds, for logs. Owned by one thread. */
final class LineProgress implements ProgressDisplay {
    private static final long INTERVAL_NANOS = Duration.ofSeconds(5).toNanos();

    private final String task;
    private final PrintWriter err;
    private final long began = System.nanoTime();
    private long last = began - INTERVAL_NANOS;

    LineProgress(String task, PrintWriter err) {
        this.task = task;
        this.err = err;
    }

    @Override
    public void show(long done, long total, String note) {
        long now = System.nanoTime();
        if (now - last < INTERVAL_NANOS && done < total) {
            return;
        }
        last = now;
        String share = total > 0 ? String.format(Locale.ROOT, "%3d %%", Math.min(100, 100 * done / total)) : "";
        err.printf("%s: %s after %d s, %s%n", task, share, (now - began) / 1_000_000_000, note);
        err.flush();
    }

    @Override
    public void close() {}
}
