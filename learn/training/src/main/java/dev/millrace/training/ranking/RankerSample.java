package dev.millrace.training.ranking;

import dev.millrace.eventlog.EventConsumer;
import dev.millrace.eventlog.LogReader;
import dev.millrace.eventlog.ReadableEventLog;
import dev.millrace.features.FeatureSchema;
import dev.millrace.features.FeatureState;
import dev.millrace.model.ActionType;
import dev.millrace.model.Event;
import dev.millrace.samples.ImpressionOptions;
import dev.millrace.samples.ImpressionSample;
import dev.millrace.samples.ImpressionSampler;

/**
 * The newest impressions of an event log, with what was known when each was decided. Immutable by convention.
 *
 * @param examples in the order of the log
 * @param begin the oldest offset that was read
 * @param end one more than the newest offset that was read
 * @param forgotten impressions left out, since what was known when their slate was served is not remembered
 */
public record RankerSample(RankingExamples examples, long begin, long end, long forgotten) {
    private static final int POLL_EVENTS = 4096;

    /**
     * Replays the log behind a state, from which features are read, and keeps the newest impressions.
     *
     * @param begun where the log is whole, a state of nothing; it is changed
     * @param most of how many impressions examples are made
     */
    public static RankerSample take(ReadableEventLog log, FeatureState begun, RankerConfig config, int most) {
        long begin = begun.appliedOffset();
        long end = log.end();
        ImpressionCount all = new ImpressionCount();
        replay(log, begin, end, all);
        Newest newest = new Newest(begun, config, all.count - most);
        replay(log, begin, end, newest);
        return newest.sample(begin, end);
    }

    /** What was left out, to follow a number of impressions; empty where nothing was. */
    public String leftOut() {
        return forgotten == 0 ? "" : ", and " + forgotten + " of slates too long ago to know what was served";
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

    /** Makes examples of all impressions but the oldest. */
    private static final class Newest implements EventConsumer {
        private final long passedOver;
        private final RankingExamples examples;
        private final ImpressionSampler sampler;
        private final ImpressionCount impressions = new ImpressionCount();
        private long firstOffset = Long.MAX_VALUE;
        private long forgottenBefore;

        Newest(FeatureState begun, RankerConfig config, long passedOver) {
            this.passedOver = passedOver;
            this.examples = new RankingExamples(config, FeatureSchema.standard(begun.config()));
            this.sampler = new ImpressionSampler(begun, ImpressionOptions.defaults(), this::keep);
        }

        @Override
        public void accept(long offset, Event event) {
            impressions.accept(offset, event);
            if (firstOffset == Long.MAX_VALUE && impressions.count > passedOver) {
                firstOffset = offset;
                forgottenBefore = sampler.forgotten();
            }
            sampler.accept(offset, event);
        }

        private void keep(ImpressionSample sample) {
            if (sample.offset() >= firstOffset) {
                examples.add(sample);
            }
        }

        RankerSample sample(long begin, long end) {
            sampler.finish();
            sampler.describeItems(examples::describe);
            return new RankerSample(examples, begin, end, sampler.forgotten() - forgottenBefore);
        }
    }
}
