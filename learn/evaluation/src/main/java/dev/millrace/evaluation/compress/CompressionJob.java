package dev.millrace.evaluation.compress;

import dev.millrace.model.ErrorCode;
import dev.millrace.model.InvalidValueException;
import dev.millrace.model.MillraceException;
import dev.millrace.models.Bundle;
import dev.millrace.models.RankerBundle;
import dev.millrace.models.Registry;
import dev.millrace.models.compress.StoredBundle;
import dev.millrace.models.compress.StoredPrecision;
import dev.millrace.storage.personal.KeyConfig;
import dev.millrace.training.LogSample;
import dev.millrace.training.ModelExport;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;

/**
 * Makes a published model smaller, holds it against its original on the newest actions of the log, and publishes it where it
 * passes: what {@code millrace models compress} runs. Single-threaded.
 */
public final class CompressionJob {
    private CompressionJob() {}

    /**
     * @param keys of the users in its log
     * @param registry of the data directory
     * @param version the published model to compress; what is made of it names it as its parent
     */
    public static CompressionGate.Outcome run(
            Path dataDirectory,
            KeyConfig keys,
            Registry registry,
            String version,
            StoredPrecision precision,
            CompressionLimits limits)
            throws IOException {
        Path log = dataDirectory.resolve("log");
        if (!Files.isDirectory(log)) {
            throw new MillraceException(
                    ErrorCode.NOT_FOUND,
                    "'" + dataDirectory + "' has no event log, on whose newest actions the models are to be compared");
        }
        Bundle original = registry.open(version)
                .orElseThrow(() -> new MillraceException(
                        ErrorCode.NOT_FOUND,
                        "model version '" + version + "' is not published; list the versions first"));
        if (RankerBundle.isRanker(original.manifest())) {
            throw new InvalidValueException("version", version + " is a ranker; give a sequence model");
        }
        Path work = Files.createTempDirectory(dataDirectory, "compression");
        try {
            CompressionGate.Outcome outcome = CompressionGate.examine(
                    StoredBundle.of(original, precision),
                    LogSample.take(log, keys).dataset(),
                    limits,
                    work);
            return outcome.report().passes()
                    ? new CompressionGate.Outcome(
                            outcome.report(), registry.publish(outcome.bundle().directory()))
                    : outcome;
        } finally {
            ModelExport.deleteTree(work);
        }
    }
}
