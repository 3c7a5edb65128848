package dev.millrace.cli;

import picocli.CommandLine;
import picocli.CommandLine.Command;

import java.util.logging.Level;
import java.util.logging.Logger;

/** The command line's entry: picks the command, and turns failures into a sentence and an exit code. Thread-safe. */
@Command(
        name = "millrace",
        description = "A real-time recommendation engine: from events to personal answers.",
        subcommands = {
            DemoCommand.class,
            ServeCommand.class,
            ImportCommand.class,
            TrainCommand.class,
            EvaluateCommand.class,
            RecommendCommand.class,
            BenchCommand.class,
            LogCommand.class,
            KeysCommand.class,
            StoreCommand.class,
            LearnCommand.class,
            ModelsCommand.class,
            DoctorCommand.class
        },
        mixinStandardHelpOptions = true,
        versionProvider = Version.class,
        synopsisSubcommandLabel = "COMMAND",
        footerHeading = "%nExamples:%n",
        footer = {
            "  millrace demo                    watch a recommender learn from a simulated audience",
            "  millrace serve                   a server of your own on http://localhost:8080",
            "  millrace doctor                  what this machine has, and what that means",
            "  millrace COMMAND --help          options and examples of one command"
        },
        exitCodeListHeading = "%nExit codes:%n",
        exitCodeList = {
            "0:It worked",
            "1:It failed; the last line on standard error says why",
            "2:The command line is wrong",
            "69:No JDK 25 was found",
            "70:Building the program failed",
            "130:Interrupted"
        })
public final class Main {
    private static final String LOGGING = "logback.configurationFile";

    /** The name above all of Lucene's; held, since the JDK forgets a logger with its level that nobody holds. */
    private static final Logger LUCENE = Logger.getLogger("org.apache.lucene");

    private Main() {}

    /** Runs one command and ends the process with its exit code. */
    public static void main(String[] arguments) {
        chooseLogging(arguments);
        quietLibraries();
        System.exit(commandLine().execute(arguments));
    }

    /** Servers log JSON for machines, as their module says; every other command speaks to people. */
    private static void chooseLogging(String[] arguments) {
        boolean serves = arguments.length > 0 && arguments[0].equals("serve");
        if (!serves && System.getProperty(LOGGING) == null) {
            System.setProperty(LOGGING, "command-logging.xml");
        }
    }

    /** Lucene tells the JDK's own log, past ours, which instructions it uses. */
    static void quietLibraries() {
        LUCENE.setLevel(Level.WARNING);
    }

    /** The whole command line, as tests and {@link #main} run it. */
    static CommandLine commandLine() {
        CommandLine line = new CommandLine(new Main());
        line.setCaseInsensitiveEnumValuesAllowed(true);
        line.setUsageHelpAutoWidth(true);
        line.setExecutionExceptionHandler(new FailureSentences());
        return line;
    }
}
