package dev.millrace.cli;

import dev.millrace.client.ApiException;
import dev.millrace.model.InvalidValueException;
import dev.millrace.model.MillraceException;
import dev.millrace.models.BundleRefusedException;
import dev.millrace.wire.imports.UnreadableLayoutException;
import picocli.CommandLine;
import picocli.CommandLine.IExecutionExceptionHandler;
import picocli.CommandLine.ParseResult;

import java.io.PrintWriter;
import java.nio.file.AccessDeniedException;
import java.nio.file.FileSystemException;
import java.nio.file.NoSuchFileException;

/** Prints expected failures as one sentence, and unexpected ones with their stack, for a report. */
final class FailureSentences implements IExecutionExceptionHandler {
    @Override
    public int handleExecutionException(Exception failure, CommandLine line, ParseResult parsed) {
        PrintWriter err = line.getErr();
        switch (failure) {
            case CommandFailedException expected -> err.println("millrace: " + expected.getMessage());
            case ApiException refused -> err.println("millrace: " + refused.getMessage() + advice(refused));
            case BundleRefusedException refused -> err.println("millrace: " + refused.getMessage());
            case MillraceException expected -> err.println("millrace: " + expected.getMessage());
            case InvalidValueException wrong -> {
                err.println("millrace: " + wrong.getMessage());
                err.flush();
                return ExitCode.USAGE;
            }
            case FileSystemException file -> err.println("millrace: " + told(file));
            case UnreadableLayoutException unreadable -> err.println("millrace: " + unreadable.getMessage());
            default -> {
                err.println("millrace: unexpected failure; please report it with these lines");
                failure.printStackTrace(err);
            }
        }
        err.flush();
        return ExitCode.FAILED;
    }

    /** A file system's exception has the path as its message, and the reason in its class or apart. */
    private static String told(FileSystemException file) {
        String reason = file.getReason();
        return switch (file) {
            case NoSuchFileException _ when reason == null -> file.getFile() + " does not exist";
            case AccessDeniedException _ -> file.getFile() + " may not be read or written by this user";
            default -> reason == null ? file.toString() : file.getFile() + ": " + reason;
        };
    }

    private static String advice(ApiException refused) {
        return switch (refused.status()) {
            case 401, 403 -> "; give the key that the server printed at its first start with --key or $MILLRACE_KEY";
            default -> "";
        };
    }
}
