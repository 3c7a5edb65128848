package dev.millrace.evaluation.ranking;

import dev.millrace.features.FeatureSchema;
import dev.millrace.features.FeaturesConfig;
import dev.millrace.model.Event;
import dev.millrace.model.InvalidValueException;
import dev.millrace.samples.ImpressionOptions;
import dev.millrace.samples.ImpressionSample;
import dev.millrace.samples.ImpressionSampler;
import dev.millrace.training.ranking.RankerConfig;
import dev.millrace.training.ranking.RankingExamples;
import dev.millrace.wire.imports.DatasetFormat;

import java.io.IOException;
import java.nio.file.Path;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;

/**
 * Impressions in the order of time, and which of them are the test. Everything that an impression's row says was
 * known before it. Immutable by convention.
 *
 * @param firstTest the first impression that no model may learn from
 * @param end one more than the last impression of the test
 */
public record RankingTask(RankingExamples examples, int firstTest, int end) {
    /** Of what may be learnt from, the oldest part that a rehearsal learns from: near what the test has of all impressions. */
    private static final double REHEARSED_SHARE = 0.6;

    public RankingTask {
        if (firstTest < 1 || firstTest >= end || end > examples.count()) {
            throw new InvalidValueException(
                    "split",
                    "leaves " + firstTest + " of " + end + " impressions to learn from; give a"
                            + " moment between the first and the last");
        }
    }

    /** The same one step earlier: with a test that is part of what may be learnt from, so that it may be chosen by. */
    public RankingTask rehearsal() {
        return new RankingTask(examples, (int) (firstTest * REHEARSED_SHARE), firstTest);
    }

    /** How many impressions are the test. */
    public int tested() {
        return end - firstTest;
    }

    /** Replays a data set's events by their time, and divides its impressions at a moment. */
    public static RankingTask read(Path folder, DatasetFormat format, Instant split, RankerConfig config)
            throws IOException {
        List<Event> events = new ArrayList<>();
        // A line that cannot be read is no impression; an import reports it.
        format.reader().read(folder, events::add, reject -> {}, progress -> {});
        events.sort(Comparator.comparing(Event::timestamp));
        FeaturesConfig features = FeaturesConfig.defaults();
        List<ImpressionSample> samples = new ArrayList<>();
        ImpressionSampler sampler = new ImpressionSampler(features, ImpressionOptions.defaults(), samples::add);
        for (int i = 0; i < events.size(); i++) {
            sampler.accept(i, events.get(i));
        }
        sampler.finish();
        samples.sort(Comparator.comparing(ImpressionSample::time));
        RankingExamples examples = new RankingExamples(config, FeatureSchema.standard(features));
        samples.forEach(examples::add);
        sampler.describeItems(examples::describe);
        return new RankingTask(examples, firstFrom(examples, split.toEpochMilli()), examples.count());
    }

    private static int firstFrom(RankingExamples examples, long millis) {
        int row = 0;
        while (row < examples.count() && examples.millis(row) < millis) {
            row++;
        }
        return row;
    }
}
