package dev.millrace.cli;

import dev.millrace.cli.doctor.Examination;
import dev.millrace.cli.doctor.Finding;
import dev.millrace.cli.doctor.Finding.Verdict;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Spec;

import java.io.PrintWriter;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.concurrent.Callable;

/** {@code millrace doctor}: what this machine has, and what that means for Millrace. */
@Command(
        name = "doctor",
        description =
                "Tells what this machine has (JDK, cores, memory, disk, keys of users, GPU, libraries) and what that means.",
        mixinStandardHelpOptions = true,
        footerHeading = "%nExamples:%n",
        footer = {
            "  millrace doctor",
            "  millrace doctor --data-dir /var/lib/millrace --json",
            "",
            "Exit code 1 when something is missing that Millrace cannot work without."
        })
final class DoctorCommand implements Callable<Integer> {
    @Option(
            names = "--data-dir",
            paramLabel = "DIR",
            defaultValue = ".",
            description =
                    "The folder whose disk is measured, and whose keys of users are looked at (default: this one).")
    private Path folder = Path.of(".");

    @Mixin
    private SettingOptions settings = new SettingOptions();

    @Mixin
    private OutputOptions output = new OutputOptions();

    @Spec
    private CommandSpec spec = CommandSpec.create();

    @Override
    public Integer call() {
        if (!Files.isDirectory(folder)) {
            throw new CommandFailedException("--data-dir " + folder + " is not a folder; give one that exists");
        }
        List<Finding> findings = new Examination(folder, settings.load(folder, List.of())).examine();
        boolean healthy = findings.stream().noneMatch(finding -> finding.verdict() == Verdict.MISSING);
        PrintWriter out = spec.commandLine().getOut();
        if (output.isJson()) {
            out.println(OutputOptions.document(Map.of("healthy", healthy, "findings", findings)));
        } else {
            findings.forEach(finding -> print(finding, out));
        }
        out.flush();
        return healthy ? ExitCode.OK : ExitCode.FAILED;
    }

    private static void print(Finding finding, PrintWriter out) {
        String mark = switch (finding.verdict()) {
            case GOOD -> "ok  ";
            case LIMITED -> "note";
            case MISSING -> "FAIL";
        };
        out.printf("%s  %-18s %s%n%24s %s%n", mark, finding.subject(), finding.value(), "", finding.meaning());
    }
}
