package dev.millrace.cli;

import dev.millrace.evaluation.compress.CompressionGate;
import dev.millrace.evaluation.compress.CompressionReport;
import dev.millrace.models.Registry;

import java.io.IOException;
import java.io.PrintWriter;
import java.util.Locale;

/** What a command says of a model that was made smaller, and what becomes of it (stateless). */
final class CompressionAnswer {
    private CompressionAnswer() {}

    /** @throws CommandFailedException when it was refused, with the reason */
    static int of(CompressionGate.Outcome outcome, Registry registry, boolean promote, PrintWriter out)
            throws IOException {
        out.println(told(outcome.report()));
        out.flush();
        String refusal = outcome.report().refusal();
        if (refusal != null) {
            throw new CommandFailedException("it is not published: it " + refusal);
        }
        String version = outcome.bundle().version();
        if (promote) {
            registry.promote(version);
        }
        out.println(version + (promote ? " is live." : " is published; millrace models promote makes it answer."));
        out.flush();
        return ExitCode.OK;
    }

    private static String told(CompressionReport report) {
        return String.format(
                Locale.ROOT,
                "%s: %,d bytes, %.2f times smaller; NDCG@10 of %,d users %.4f, the original's %.4f; %.4f of the first ten"
                        + " answers kept; %.3f times as fast (%.3f to %.3f); '%s' loses most",
                report.method(),
                report.bytes(),
                report.timesSmaller(),
                report.users(),
                report.ndcg10(),
                report.originalNdcg10(),
                report.overlap(),
                report.speed().ratio(),
                report.speed().least(),
                report.speed().most(),
                report.worstOperator());
    }
}
