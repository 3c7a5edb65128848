package dev.millrace.cli;

import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Spec;

import java.nio.file.Path;
import java.util.concurrent.Callable;

/** {@code millrace log verify}: reads every byte of a log and says what of it is damaged. */
@Command(
        name = "verify",
        description = {
            "Reads every event of a log and says what is damaged and which events would be lost.",
            "What its end lacks is told by the snapshots beside it. Changes nothing.",
            "Stop the server first: what it is writing meanwhile can look torn."
        },
        mixinStandardHelpOptions = true,
        footerHeading = "%nExamples:%n",
        footer = {
            "  millrace log verify --data-dir millrace-data",
            "  millrace log verify --data-dir millrace-data --json"
        },
        exitCodeListHeading = "%nExit codes:%n",
        exitCodeList = {"0:The log is whole", "1:It is damaged, or cannot be read"})
final class LogVerifyCommand implements Callable<Integer> {
    @Option(
            names = "--data-dir",
            paramLabel = "DIR",
            defaultValue = "millrace-data",
            description = "The folder of a server or an import (default: millrace-data).")
    private Path dataDir = Path.of("millrace-data");

    @Mixin
    private OutputOptions output = new OutputOptions();

    @Spec
    private CommandSpec spec = CommandSpec.create();

    @Override
    public Integer call() {
        LogFindings findings = LogFindings.in(dataDir);
        findings.print(spec.commandLine().getOut(), output.isJson(), false);
        if (findings.report().isWhole()) {
            return ExitCode.OK;
        }
        spec.commandLine()
                .getErr()
                .println("millrace: the log is damaged; put the files back from a copy, or go on"
                        + " without what is lost: millrace log skip-damage --data-dir " + dataDir);
        return ExitCode.FAILED;
    }
}
