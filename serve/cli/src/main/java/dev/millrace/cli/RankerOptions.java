package dev.millrace.cli;

import dev.millrace.training.RankerPlan;
import dev.millrace.training.ranking.RankerConfig;
import picocli.CommandLine.Option;

/** Whether and from how much a ranker is trained. */
final class RankerOptions {
    @Option(
            names = "--with-ranker",
            description = "Learn a ranker as well after the model, where there are enough impressions.")
    private boolean wanted;

    @Option(
            names = "--impressions",
            paramLabel = "N",
            defaultValue = "" + RankerPlan.DEFAULT_IMPRESSIONS,
            description = "A ranker learns from the newest so many (default: ${DEFAULT-VALUE}).")
    private int impressions = RankerPlan.DEFAULT_IMPRESSIONS;

    @Option(
            names = "--least-impressions",
            paramLabel = "N",
            defaultValue = "" + RankerPlan.DEFAULT_LEAST_IMPRESSIONS,
            description = "With fewer no ranker is learnt (default: ${DEFAULT-VALUE}).")
    private int leastImpressions = RankerPlan.DEFAULT_LEAST_IMPRESSIONS;

    @Option(
            names = "--place-weights",
            description =
                    "What follows at places of a slate that are looked at less counts more; how much less is told by"
                            + " slates that were filled by chance.")
    private boolean placeWeights;

    boolean isWanted() {
        return wanted;
    }

    RankerPlan plan(long seed) {
        return new RankerPlan(
                RankerConfig.defaults().withSeed(seed).withPlaceWeights(placeWeights), impressions, leastImpressions);
    }
}
