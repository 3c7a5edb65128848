package dev.millrace.cli;

import dev.millrace.eventlog.LogReport;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Spec;

import java.nio.file.Path;
import java.util.concurrent.Callable;

/** {@code millrace log skip-damage}: makes a damaged log open again, without the events that are lost. */
@Command(
        name = "skip-damage",
        description = {
            "Lets a damaged log go on without the events that cannot be read; all others keep their place.",
            "Without --yes it only says what would be lost. Each damaged file is kept beside the new one as *.damaged."
        },
        mixinStandardHelpOptions = true,
        footerHeading = "%nExamples:%n",
        footer = {
            "  millrace log skip-damage --data-dir millrace-data",
            "  millrace log skip-damage --data-dir millrace-data --yes",
            "",
            "No server may run on the folder. Lost events can be sent again: their ids are unknown then. What",
            "a snapshot learnt from them stays."
        },
        exitCodeListHeading = "%nExit codes:%n",
        exitCodeList = {"0:The log is whole now", "1:It is damaged and --yes was not given, or it failed"})
final class LogSkipDamageCommand implements Callable<Integer> {
    @Option(
            names = "--data-dir",
            paramLabel = "DIR",
            defaultValue = "millrace-data",
            description = "The folder of a server or an import (default: millrace-data).")
    private Path dataDir = Path.of("millrace-data");

    @Option(names = "--yes", description = "Do it: the events that are named are given up.")
    private boolean confirmed;

    @Mixin
    private OutputOptions output = new OutputOptions();

    @Spec
    private CommandSpec spec = CommandSpec.create();

    @Override
    public Integer call() {
        LogFindings findings = confirmed ? LogFindings.skipped(dataDir) : LogFindings.in(dataDir);
        LogReport report = findings.report();
        boolean changed = confirmed && !report.isWhole();
        findings.print(spec.commandLine().getOut(), output.isJson(), changed);
        if (changed || report.isWhole()) {
            return ExitCode.OK;
        }
        spec.commandLine().getErr().println("millrace: nothing was changed; give --yes to go on without what is lost");
        return ExitCode.FAILED;
    }
}
