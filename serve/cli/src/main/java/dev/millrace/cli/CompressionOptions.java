package dev.millrace.cli;

import dev.millrace.evaluation.compress.CompressionLimits;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Option;

/** What a model that is made smaller is held to, and whether it answers at once; each command has defaults of its own. */
final class CompressionOptions {
    @Option(
            names = "--max-loss",
            paramLabel = "SHARE",
            description = "The most of its NDCG@10 that it may lose (default: 0.005 to compress, 0.01 to prune).")
    private @Nullable Double maxLoss;

    @Option(
            names = "--min-overlap",
            paramLabel = "SHARE",
            description = "The least of the original's first ten answers that it must keep"
                    + " (default: 0.97 to compress, 0.5 to prune).")
    private @Nullable Double minOverlap;

    @Option(
            names = "--min-speed",
            paramLabel = "RATIO",
            description =
                    "The least speed of a request, in the original's (default: 1; the median of pairs of requests is"
                            + " measured until its bounds are within a percent, and what is below with 99 %% is refused).")
    private @Nullable Double minSpeed;

    @Option(names = "--promote", description = "Make it answer at once, where it passes.")
    private boolean promote;

    /** @param defaults what holds where nothing else was asked for */
    CompressionLimits limits(CompressionLimits defaults) {
        return new CompressionLimits(
                maxLoss == null ? defaults.ndcgLoss() : maxLoss,
                minOverlap == null ? defaults.overlap() : minOverlap,
                minSpeed == null ? defaults.speed() : minSpeed);
    }

    boolean isToAnswer() {
        return promote;
    }
}
