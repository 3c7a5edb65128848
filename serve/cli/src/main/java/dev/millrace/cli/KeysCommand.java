package dev.millrace.cli;

import picocli.CommandLine.Command;

/** {@code millrace keys}: looks after the keys of users of a data directory. */
@Command(
        name = "keys",
        description = "Looks after the keys of users: whose key is dropped, nobody can read any more.",
        subcommands = {KeysRotateCommand.class},
        mixinStandardHelpOptions = true,
        synopsisSubcommandLabel = "COMMAND",
        footerHeading = "%nExamples:%n",
        footer = {"  millrace keys rotate --data-dir millrace-data --new-master-file /mnt/secrets/millrace.key"})
final class KeysCommand {}
