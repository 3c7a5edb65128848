package dev.millrace.evaluation.compress;

import dev.millrace.model.ErrorCode;
import dev.millrace.model.InvalidValueException;
import dev.millrace.model.MillraceException;
import dev.millrace.models.Bundle;
import dev.millrace.models.Registry;
import dev.millrace.models.compress.Compression;
import dev.millrace.models.compress.SharedRows;
import dev.millrace.models.compress.StoredBundle;
import dev.millrace.models.compress.StoredPrecision;
import dev.millrace.models.graph.TransformerBundle;
import dev.millrace.samples.SequenceDataset;
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

    /** How a model is made smaller. */
    public interface Method {
        /** @param data of the log, which tells how often each item was met */
        Compression of(Bundle original, SequenceDataset data) throws IOException;

        /** By keeping its weights in fewer bytes. */
        static Method storing(StoredPrecision precision) {
            return (original, _) -> StoredBundle.of(original, precision);
        }

        /** By letting so many of its rarest items share rows. */
        static Method sharing(int rare) {
            return (original, data) -> SharedRows.of(original, rare, ItemCounts.of(original.vocabulary(), data));
        }
    }

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
            Method method,
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
        String kind = original.manifest().kind();
        if (!kind.equals(TransformerBundle.KIND)) {
            throw new InvalidValueException(
                    "version", version + " is of the kind " + kind + "; give one of " + TransformerBundle.KIND);
        }
        Path work = Files.createTempDirectory(dataDirectory, "compression");
        try {
            SequenceDataset data = LogSample.take(log, keys).dataset();
            CompressionGate.Outcome outcome = CompressionGate.examine(method.of(original, data), data, limits, work);
            return outcome.report().passes()
                    ? new CompressionGate.Outcome(
                            outcome.report(), registry.publish(outcome.bundle().directory()))
                    : outcome;
        } finally {
            ModelExport.deleteTree(work);
        }
    }
}
