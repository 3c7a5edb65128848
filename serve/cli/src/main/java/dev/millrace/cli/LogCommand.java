package dev.millrace.cli;

import picocli.CommandLine.Command;

/** {@code millrace log}: looks after the event log of a data directory. */
@Command(
        name = "log",
        description = "Checks the event log of a data directory, and goes on without what of it is damaged.",
        subcommands = {LogVerifyCommand.class, LogSkipDamageCommand.class},
        mixinStandardHelpOptions = true,
        synopsisSubcommandLabel = "COMMAND",
        footerHeading = "%nExamples:%n",
        footer = {
            "  millrace log verify --data-dir millrace-data",
            "  millrace log skip-damage --data-dir millrace-data --yes"
        })
final class LogCommand {}
