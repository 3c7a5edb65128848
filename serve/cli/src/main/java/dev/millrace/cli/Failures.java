package dev.millrace.cli;

import dev.millrace.client.ApiException;
import dev.millrace.model.InvalidValueException;
import dev.millrace.model.MillraceException;
import picocli.CommandLine;
import picocli.CommandLine.IExecutionExceptionHandler;
import picocli.CommandLine.ParseResult;

import java.io.PrintWriter;

/** Prints expected failures as one sentence, and unexpected ones with their stack, for a report. */
final class Failures implements IExecutionExceptionHandler {
    @Override
    public int handleExecutionException(Exception failure, CommandLine line, ParseResult parsed) {
        PrintWriter err = line.getErr();
        switch (failure) {
            case CommandFailedException expected -> err.println("millrace: " + expected.getMessage());
            case ApiException refused -> err.println("millrace: " + refused.getMessage() + advice(refused));
            case MillraceException expected -> err.println("millrace: " + expected.getMessage());
            case InvalidValueException expected -> err.println("millrace: " + expected.getMessage());
            default -> {
                err.println("millrace: unexpected failure; please report it with these lines");
                failure.printStackTrace(err);
            }
        }
        err.flush();
        return ExitCode.FAILED;
    }

    private static String advice(ApiException refused) {
        return switch (refused.status()) {
            case 401, 403 -> "; give the key that the server printed at its first start with --key or $MILLRACE_KEY";
            default -> "";
        };
    }
}
