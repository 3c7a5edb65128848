package dev.millrace.cli;

import dev.millrace.evaluation.compress.CompressionGate;
import dev.millrace.evaluation.compress.CompressionJob;
import dev.millrace.evaluation.compress.CompressionLimits;
import dev.millrace.models.Registry;
import dev.millrace.models.compress.StoredPrecision;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;

import java.io.IOException;
import java.util.concurrent.Callable;

/** {@code millrace models compress}: a smaller model of a published one, where it is as good. */
@Command(
        name = "compress",
        description = {
            "Makes a published model smaller, and publishes it where it answers as the original does.",
            "Both are compared on the newest action of each user of the log: what they answer, how good that is, and how long"
                    + " it takes. Only what passes is published, and can be promoted."
        },
        mixinStandardHelpOptions = true,
        footerHeading = "%nExamples:%n",
        footer = {
            "  millrace models compress 3f0c66a1b2c3d4e5f607",
            "  millrace models compress 3f0c66a1b2c3d4e5f607 --rare 500 --min-overlap 0.95",
            "  millrace models compress 3f0c66a1b2c3d4e5f607 --precision fp16 --max-loss 0.001 --promote"
        })
final class ModelsCompressCommand implements Callable<Integer> {
    @Parameters(paramLabel = "VERSION", description = "20 hex digits.")
    private String version = "";

    @Option(
            names = "--precision",
            paramLabel = "NAME",
            defaultValue = "int8",
            description = "int8: a quarter of the size; fp16: half of it (default: int8).")
    private String precision = "int8";

    @Option(
            names = "--rare",
            paramLabel = "N",
            defaultValue = "0",
            description = "Instead of storing weights otherwise, let the N rarest items share a tenth as many rows.")
    private int rare;

    @Mixin
    private CompressionOptions limits = new CompressionOptions();

    @Mixin
    private RegistryOptions where = new RegistryOptions();

    @Spec
    private CommandSpec spec = CommandSpec.create();

    @Override
    public Integer call() throws IOException {
        Registry registry = where.registry();
        CompressionGate.Outcome outcome = CompressionJob.run(
                where.dataDirectory(),
                where.keys(),
                registry,
                version,
                method(),
                limits.limits(CompressionLimits.standard()));
        return CompressionAnswer.of(
                outcome, registry, limits.isToAnswer(), spec.commandLine().getOut());
    }

    private CompressionJob.Method method() {
        StoredPrecision stored = StoredPrecision.named(precision);
        return rare == 0 ? CompressionJob.Method.storing(stored) : CompressionJob.Method.sharing(rare);
    }
}
