package dev.millrace.cli;

import picocli.CommandLine.Command;

/** {@code millrace log}: looks after the event log of a data directory. */
@Command(
        name = "log",
        description =
                "Checks the event log of a data directory, goes on without what of it is damaged, and tells what was shown.",
        subcommands = {LogVerifyCommand.class, LogSkipDamageCommand.class, LogSlatesCommand.class},
        mixinStandardHelpOptions = true,
        synopsisSubcommandLabel = "COMMAND",
        footerHeading = "%nExamples:%n",
        footer = {
            "  millrace log verify --data-dir millrace-data",
            "  millrace log skip-damage --data-dir millrace-data --yes",
            "  millrace log slates --data-dir millrace-data --to slates.txt"
        })
final class LogCommand {}
