package dev.millrace.training.ranking;

import dev.millrace.eventlog.EventConsumer;
import dev.millrace.eventlog.LogReader;
import dev.millrace.eventlog.ReadableEventLog;
import dev.millrace.features.FeatureSchema;
import dev.millrace.features.FeaturesConfig;
import dev.millrace.model.ActionType;
import dev.millrace.model.Event;
import dev.millrace.samples.ImpressionOptions;
import dev.millrace.samples.ImpressionSampler;

/**
 * The newest impressions of an event log, with what was known when each was decided. Immutable by convention.
 *
 * @param examples in the order of the log
 * @param begin the oldest offset that was read
 * @param end one more than the newest offset that was read
 */
public record RankerSample(RankingExamples examples, long begin, long end) {
    private static final int POLL_EVENTS = 4096;

    /**
     * Replays the whole log, for the state that features are read from, and keeps the newest impressions.
     *
     * @param features what the server keeps of users and items
     * @param most how many impressions are kept
     */
    public static RankerSample take(ReadableEventLog log, FeaturesConfig features, RankerConfig config, int most) {
        long begin = log.begin();
        long end = log.end();
        ImpressionCount all = new ImpressionCount();
        replay(log, begin, end, all);
        RankingExamples examples = new RankingExamples(config, FeatureSchema.standard(features));
        long[] left = {all.count - most};
        ImpressionSampler sampler = new ImpressionSampler(features, ImpressionOptions.defaults(), sample -> {
            if (left[0]-- <= 0) {
                examples.add(sample);
            }
        });
        replay(log, begin, end, sampler);
        sampler.finish();
        sampler.describeItems(examples::describe);
        return new RankerSample(examples, begin, end);
    }

    private static void replay(ReadableEventLog log, long begin, long end, EventConsumer consumer) {
        try (LogReader reader = log.read(begin)) {
            while (reader.offset() < end
                    && reader.poll(consumer, (int) Math.min(POLL_EVENTS, end - reader.offset())) > 0) {
                // Each poll moves the reader on.
            }
        }
    }

    /** Counts impressions, so that the second pass knows which are the newest. */
    private static final class ImpressionCount implements EventConsumer {
        private long count;

        @Override
        public void accept(long offset, Event event) {
            count += event instanceof Event.Action action && action.type() == ActionType.IMPRESSION ? 1 : 0;
        }
    }
}
