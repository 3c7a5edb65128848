package dev.millrace.cli;

import dev.millrace.console.Console;
import dev.millrace.runtime.Configuration;
import dev.millrace.server.MillraceServer;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Spec;

import java.io.PrintWriter;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.Callable;

/** {@code millrace serve}: a server on a data directory, until it is told to stop. */
@Command(
        name = "serve",
        description =
                "Starts a server with its console on a data directory, and prints the admin key at the first start.",
        mixinStandardHelpOptions = true,
        footerHeading = "%nExamples:%n",
        footer = {
            "  millrace serve",
            "  millrace serve --data-dir /var/lib/millrace --host 0.0.0.0 --port 80",
            "  millrace serve --set server.deadline=80ms --set training.every=6h",
            "",
            "The admin key is printed once and stored as a hash only. Stop with Ctrl-C or SIGTERM: open",
            "requests are answered first."
        })
final class ServeCommand implements Callable<Integer> {
    @Option(
            names = "--data-dir",
            paramLabel = "DIR",
            defaultValue = "millrace-data",
            description = "Where everything is kept (default: millrace-data).")
    private Path dataDir = Path.of("millrace-data");

    @Option(names = "--port", paramLabel = "PORT", description = "The port; 0 takes a free one (default: 8080).")
    private @Nullable Integer port;

    @Option(names = "--host", paramLabel = "ADDRESS", description = "The address to listen on (default: 127.0.0.1).")
    private @Nullable String host;

    @Mixin
    private SettingOptions settings = new SettingOptions();

    @Spec
    private CommandSpec spec = CommandSpec.create();

    @Override
    public Integer call() throws Exception {
        List<String> chosen = new ArrayList<>(List.of("server.data-dir=" + dataDir));
        if (port != null) {
            chosen.add("server.port=" + port);
        }
        if (host != null) {
            chosen.add("server.host=" + host);
        }
        Configuration configuration = settings.load(dataDir, chosen);
        try (EndOfProcess end = new EndOfProcess();
                Console console = new Console();
                MillraceServer server =
                        MillraceServer.start(configuration, List.of((builder, context) -> console.mount(builder)))) {
            announce(server, spec.commandLine().getOut());
            end.await();
            spec.commandLine().getErr().println("Stopping: open requests are answered first.");
        }
        return ExitCode.OK;
    }

    private static void announce(MillraceServer server, PrintWriter out) {
        String url = "http://localhost:" + server.port();
        server.adminKey().ifPresent(key -> {
            out.println("The admin key, shown this once:  " + key);
            out.println();
        });
        out.println("Console  " + url + "/console");
        out.println("API      " + url + "/docs");
        out.println("Stop with Ctrl-C.");
        out.flush();
    }
}
