package dev.millrace.cli;

import dev.millrace.inference.RankerImport;
import dev.millrace.models.Bundle;
import dev.millrace.models.Registry;
import dev.millrace.models.ranker.RankerSignature;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;

import java.io.IOException;
import java.nio.file.FileSystemException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.concurrent.Callable;

/** {@code millrace models import}: takes a ranker made elsewhere, or a bundle of another data directory. */
@Command(
        name = "import",
        description = {
            "Takes an ONNX ranker made elsewhere, or the folder of a bundle from another data directory.",
            "A ranker is held to its signature: names, types and shapes, one row per candidate, each scored by itself."
        },
        mixinStandardHelpOptions = true,
        footerHeading = "%nExamples:%n",
        footer = {
            "  millrace models import ranker.onnx --name ctr --signature 'features:float[64]->score:float'",
            "  millrace models import /backup/models/bundles/3f0c66a1b2c3d4e5f607",
            "",
            "A signature lists inputs, an arrow, outputs; a port is NAME:TYPE or NAME:TYPE[WIDTH] without the candidates' axis.",
            "Types: float, double, int64, int32, int8, uint8, bool. A bundle must be signed by this directory's key or by one in",
            "keys/trusted; --unsigned takes one without a signature, and signs it here: you vouch for it."
        })
final class ModelsImportCommand implements Callable<Integer> {
    @Parameters(paramLabel = "FILE", description = "An .onnx file, or a bundle's folder.")
    private Path source = Path.of("");

    @Option(names = "--name", paramLabel = "NAME", description = "What the ranker is called in /v2/models.")
    private @Nullable String name;

    @Option(names = "--signature", paramLabel = "TEXT", description = "What the ranker takes and gives.")
    private @Nullable String signature;

    @Option(names = "--promote", description = "Make it answer at once.")
    private boolean promote;

    @Option(names = "--unsigned", description = "Take a bundle that has no signature, and sign it here.")
    private boolean unsigned;

    @Mixin
    private RegistryOptions where = new RegistryOptions();

    @Spec
    private CommandSpec spec = CommandSpec.create();

    @Override
    public Integer call() throws IOException {
        Registry registry = where.registry();
        Bundle bundle = Files.isDirectory(source) ? importBundle(registry) : importRanker(registry);
        if (promote) {
            registry.promote(bundle.version());
        }
        spec.commandLine()
                .getOut()
                .println(bundle.version()
                        + (promote ? " is live." : " is published; millrace models promote makes it answer."));
        spec.commandLine().getOut().flush();
        return ExitCode.OK;
    }

    private Bundle importBundle(Registry registry) throws IOException {
        if (!unsigned && !Registry.isSigned(source)) {
            throw new CommandFailedException(
                    source + " has no signature; give --unsigned to vouch for it and have it signed here");
        }
        return registry.publish(source);
    }

    private Bundle importRanker(Registry registry) throws IOException {
        if (name == null || signature == null) {
            throw new CommandFailedException("a ranker needs --name and --signature, such as --name ctr"
                    + " --signature 'features:float[64]->score:float'");
        }
        try {
            return RankerImport.publish(registry, source, name, RankerSignature.parse(signature));
        } catch (FileSystemException e) {
            throw e;
        } catch (IOException | IllegalArgumentException e) {
            throw new CommandFailedException(String.valueOf(e.getMessage()), e);
        }
    }
}
