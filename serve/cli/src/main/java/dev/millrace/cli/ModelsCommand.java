package dev.millrace.cli;

import dev.millrace.models.BundleDifference;
import dev.millrace.models.BundleManifest;
import dev.millrace.models.DeltaBundle;
import dev.millrace.models.PublishedModel;
import dev.millrace.models.Registry;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;

import java.io.IOException;
import java.io.PrintWriter;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.Locale;
import java.util.Map;
import java.util.Objects;

/** {@code millrace models}: the registry of a data directory; a server that runs there follows within a second. */
@Command(
        name = "models",
        description = "Shows, verifies and promotes the models of a data directory. A server may be running on it.",
        subcommands = {ModelsImportCommand.class, ModelsCompressCommand.class, ModelsPruneCommand.class},
        mixinStandardHelpOptions = true,
        synopsisSubcommandLabel = "COMMAND",
        footerHeading = "%nExamples:%n",
        footer = {
            "  millrace models list",
            "  millrace models diff 3f0c66a1b2c3d4e5f607 9a1c66a1b2c3d4e5f607",
            "  millrace models promote 3f0c66a1b2c3d4e5f607 --data-dir millrace-data",
            "  millrace models rollback",
            "  millrace models rollback --online",
            "  millrace models import ranker.onnx --name ctr --signature 'features:float[64]->score:float'"
        })
final class ModelsCommand {
    @Spec
    private CommandSpec spec = CommandSpec.create();

    @Command(
            name = "list",
            description = "Lists the published versions, newest first, and the key that signs them.",
            mixinStandardHelpOptions = true)
    int list(@Mixin RegistryOptions where, @Mixin OutputOptions output) throws IOException {
        Registry registry = where.registry();
        if (output.isJson()) {
            Map<String, Object> document = new LinkedHashMap<>();
            document.put("live", Objects.requireNonNullElse(registry.liveVersion(), ""));
            document.put("key", registry.keys().keyId());
            document.put("publicKey", registry.keys().publicKey());
            document.put(
                    "models",
                    registry.list().stream().map(ModelsCommand::document).toList());
            return print(OutputOptions.document(document));
        }
        PrintWriter out = spec.commandLine().getOut();
        for (PublishedModel model : registry.list()) {
            out.println(line(model));
        }
        out.println("Signed here by the key " + registry.keys().keyId() + ":");
        return print(registry.keys().publicKey().strip());
    }

    private static String line(PublishedModel model) {
        BundleManifest manifest = model.manifest();
        return String.format(
                Locale.ROOT,
                "%s %s  %s  %-20s %,13d bytes  %s  %s",
                model.live() ? "*" : " ",
                manifest.version(),
                manifest.created(),
                manifest.kind(),
                manifest.bytes(),
                model.keyId() == null ? "unsigned" : "signed by " + model.keyId(),
                DeltaBundle.isDelta(manifest)
                        ? learned(manifest)
                        : manifest.facts().metrics());
    }

    private static String learned(BundleManifest delta) {
        return DeltaBundle.parent(delta) + "+" + DeltaBundle.sequence(delta) + ", "
                + delta.shape().items() + " items " + delta.facts().metrics();
    }

    private static Map<String, Object> document(PublishedModel model) {
        Map<String, Object> document = document(model.manifest());
        document.put("live", model.live());
        if (model.keyId() != null) {
            document.put("signedBy", model.keyId());
        }
        return document;
    }

    private static Map<String, Object> document(BundleManifest manifest) {
        Map<String, Object> document = new LinkedHashMap<>();
        document.put("version", manifest.version());
        document.put("schema", manifest.schema());
        document.put("kind", manifest.kind());
        document.put("created", manifest.created().toString());
        document.put("shape", manifest.shape());
        document.put("metrics", manifest.facts().metrics());
        document.put("lineage", manifest.facts().lineage());
        document.put("features", manifest.facts().features());
        document.put("parents", manifest.facts().parents());
        document.put("files", manifest.files());
        return document;
    }

    @Command(
            name = "show",
            description = "Shows a version's manifest: sizes, metrics, lineage, parents, features, files.",
            mixinStandardHelpOptions = true)
    int show(
            @Parameters(paramLabel = "VERSION", description = "20 hex digits.") String version,
            @Mixin RegistryOptions where)
            throws IOException {
        return print(OutputOptions.document(document(where.registry().manifest(version))));
    }

    @Command(
            name = "diff",
            description = "Shows what two versions differ in: metrics, lineage, files.",
            mixinStandardHelpOptions = true)
    int diff(
            @Parameters(paramLabel = "BEFORE", description = "20 hex digits.") String before,
            @Parameters(paramLabel = "AFTER", description = "20 hex digits.") String after,
            @Mixin RegistryOptions where,
            @Mixin OutputOptions output)
            throws IOException {
        BundleDifference difference = where.registry().difference(before, after);
        if (output.isJson()) {
            return print(OutputOptions.document(difference));
        }
        difference.metrics().forEach((name, change) -> change("metric " + name, change));
        difference.facts().forEach(this::change);
        difference.fileBytes().forEach((name, change) -> change(name + " bytes", change));
        return print(difference.agrees() ? "Nothing differs." : "Everything else is the same.");
    }

    private void change(String name, BundleDifference.Change<?> change) {
        spec.commandLine().getOut().println(name + ": " + change.before() + " -> " + change.after());
    }

    @Command(
            name = "promote",
            description = "Makes a version answer, once it is verified.",
            mixinStandardHelpOptions = true)
    int promote(
            @Parameters(paramLabel = "VERSION", description = "20 hex digits.") String version,
            @Mixin RegistryOptions where)
            throws IOException {
        where.registry().promote(version);
        return print(version + " is live.");
    }

    @Command(
            name = "rollback",
            description = "Makes the version answer that answered before the present one.",
            mixinStandardHelpOptions = true)
    int rollBack(
            @Option(
                            names = "--ranker",
                            paramLabel = "NAME",
                            description = "An imported ranker (default: the sequence model).")
                    @Nullable
                    String ranker,
            @Option(names = "--ridge", description = "The ridge, which proposes candidates.") boolean ridge,
            @Option(
                            names = "--online",
                            description = "What was learnt online since the live version's training: all of it is taken"
                                    + " back, and the learner pauses.")
                    boolean online,
            @Mixin RegistryOptions where)
            throws IOException {
        if ((ranker == null ? 0 : 1) + (ridge ? 1 : 0) + (online ? 1 : 0) > 1) {
            throw new CommandFailedException(
                    "give one of --ranker, --ridge and --online: each has a version of its own");
        }
        Registry registry = where.registry();
        if (ridge) {
            return print(registry.rollBackRidge() + " is live again.");
        }
        if (online) {
            return print("What was learnt online is taken back: " + resetDelta(registry) + " changes nothing.");
        }
        return print((ranker == null ? registry.rollBack() : registry.rollBackRanker(ranker)) + " is live again.");
    }

    private static String resetDelta(Registry registry) throws IOException {
        Path work = Files.createTempDirectory("millrace-reset");
        try {
            return registry.resetDelta(work).label();
        } finally {
            try (var files = Files.newDirectoryStream(work)) {
                for (Path file : files) {
                    Files.delete(file);
                }
            }
            Files.delete(work);
        }
    }

    @Command(
            name = "verify",
            description = "Reads every byte of a version, or of all, and checks digests and signatures.",
            mixinStandardHelpOptions = true)
    int verify(
            @Parameters(paramLabel = "VERSION", arity = "0..1", description = "20 hex digits (default: all).") @Nullable
                    String version,
            @Mixin RegistryOptions where,
            @Mixin OutputOptions output)
            throws IOException {
        return new RegistryVerification(where.registry())
                .print(version, spec.commandLine().getOut(), output);
    }

    private int print(String text) {
        PrintWriter out = spec.commandLine().getOut();
        out.println(text);
        out.flush();
        return ExitCode.OK;
    }
}
