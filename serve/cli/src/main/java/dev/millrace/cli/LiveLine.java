package dev.millrace.cli;

import dev.millrace.audience.AudienceReport;
import dev.millrace.audience.ClickRates;
import dev.millrace.audience.Glance;
import org.jspecify.annotations.Nullable;

import java.io.PrintWriter;
import java.util.Locale;

/** How the demo goes, on one line: rewritten every second for people, a new line now and then for logs. Owned by one thread. */
final class LiveLine {
    static final long INTERVAL_MILLIS = 1000;
    private static final int LOG_EVERY_SECONDS = 10;
    private static final String CLEAR_LINE = "\r\u001b[K";

    private final boolean silent;
    private final boolean moving;
    private final PrintWriter err;
    private long last = -LOG_EVERY_SECONDS;

    private LiveLine(boolean silent, boolean moving, PrintWriter err) {
        this.silent = silent;
        this.moving = moving;
        this.err = err;
    }

    static LiveLine of(OutputOptions output, PrintWriter err) {
        return new LiveLine(output.isJson(), Terminal.isInteractive(), err);
    }

    void show(Glance glance) {
        if (silent || (!moving && glance.seconds() - last < LOG_EVERY_SECONDS)) {
            return;
        }
        last = glance.seconds();
        err.print(moving ? CLEAR_LINE + text(glance) : text(glance) + System.lineSeparator());
        err.flush();
    }

    void end() {
        if (moving && !silent) {
            err.println();
            err.flush();
        }
    }

    static String text(Glance glance) {
        return String.format(
                Locale.ROOT,
                "%4d s  %7d requests  clicks: %s  %s  p99 %.1f ms  errors %d  refused %d  degraded %d",
                glance.seconds(),
                glance.requests(),
                rates(glance.clickRate()),
                glance.modelVersion().isEmpty() ? "no model yet" : "model " + shortened(glance.modelVersion()),
                glance.p99Millis(),
                glance.errors(),
                glance.refused(),
                glance.degraded());
    }

    static String summary(AudienceReport report) {
        return String.format(
                Locale.ROOT,
                "%d requests, %d errors, %d refused, %d degraded; latency p50 %s ms, p99 %s ms; freshness p50 %s ms, p99 %s ms%n"
                        + "Clicks from second %d to %d: %s; model %s",
                report.requests(),
                report.errors(),
                report.refused(),
                report.degraded(),
                figure(report.latencyMillis().p50()),
                figure(report.latencyMillis().p99()),
                figure(report.freshnessMillis().p50()),
                figure(report.freshnessMillis().p99()),
                report.window().fromSecond(),
                report.window().toSecond(),
                rates(report.clickRate()),
                report.modelVersion().isEmpty() ? "none" : report.modelVersion());
    }

    private static String rates(ClickRates rates) {
        return "random " + percent(rates.random()) + ", popularity " + percent(rates.popularity()) + ", model "
                + percent(rates.model()) + ", oracle " + percent(rates.oracle());
    }

    private static String percent(@Nullable Double rate) {
        return rate == null ? "–" : String.format(Locale.ROOT, "%.1f %%", 100 * rate);
    }

    private static String figure(@Nullable Double value) {
        return value == null ? "–" : String.format(Locale.ROOT, "%.1f", value);
    }

    /** Versions are hashes; eight characters tell them apart. */
    private static String shortened(String version) {
        return version.length() <= 8 ? version : version.substring(0, 8);
    }
}
