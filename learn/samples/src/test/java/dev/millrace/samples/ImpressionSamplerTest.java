package dev.millrace.samples;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNotNull;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.millrace.features.FeatureSchema;
import dev.millrace.features.FeatureState;
import dev.millrace.features.FeaturesConfig;
import dev.millrace.features.Moment;
import dev.millrace.model.ActionType;
import dev.millrace.model.Event;
import dev.millrace.model.EventId;
import dev.millrace.model.ItemId;
import dev.millrace.model.RecommendationId;
import dev.millrace.model.UserId;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;

import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;

class ImpressionSamplerTest {
    private static final FeaturesConfig CONFIG = FeaturesConfig.defaults();
    private static final FeatureSchema SCHEMA = FeatureSchema.standard(CONFIG);

    private final List<ImpressionSample> samples = new ArrayList<>();
    private final ImpressionSampler sampler = sampler(3);
    private long next;

    @Test
    void impression_withActionsInTheWindow_hasTheirOutcome() {
        feed(sampler, act("u", "a", ActionType.IMPRESSION, 0, null), act("u", "a", ActionType.CLICK, 5, null));
        feed(sampler, act("u", "a", ActionType.LIKE, 60, null), act("v", "a", ActionType.SHARE, 5, null));
        feed(sampler, act("u", "a", ActionType.COMPLAINT, 61, null));
        sampler.finish();

        ImpressionSample sample = samples.getFirst();
        assertTrue(sample.has(ActionType.CLICK) && sample.has(ActionType.LIKE));
        assertFalse(sample.has(ActionType.SHARE) || sample.has(ActionType.COMPLAINT));
        assertEquals(1, samples.size());
    }

    @Test
    void impression_again_closesTheFirstAndTakesWhatFollows() {
        feed(sampler, act("u", "a", ActionType.IMPRESSION, 0, null), act("u", "a", ActionType.IMPRESSION, 10, null));
        feed(sampler, act("u", "a", ActionType.CLICK, 11, null));
        sampler.finish();

        assertFalse(samples.get(0).has(ActionType.CLICK));
        assertTrue(samples.get(1).has(ActionType.CLICK));
    }

    /** What is kept back from learning is the newest part: a sample out of its order would be on the wrong side. */
    @Test
    void impressions_again_comeInTheirOrder() {
        feed(sampler, act("u", "a", ActionType.IMPRESSION, 0, null), act("u", "b", ActionType.IMPRESSION, 1, null));
        feed(sampler, act("u", "b", ActionType.IMPRESSION, 2, null));
        sampler.finish();

        assertEquals(
                List.of(0L, 1L, 2L),
                samples.stream().map(ImpressionSample::offset).toList());
    }

    @Test
    void impressions_moreThanMayWait_closeTheOldest() {
        for (int i = 0; i < 5; i++) {
            feed(sampler, act("u", "i" + i, ActionType.IMPRESSION, 0, null));
        }

        assertEquals(
                List.of("i0", "i1"), samples.stream().map(s -> s.item().value()).toList());
    }

    @Test
    void impression_ofAServedSlate_knowsItsPlaceAndPropensity() {
        RecommendationId slate = new RecommendationId("r");
        List<Event.SlateEntry> entries = List.of(
                new Event.SlateEntry(new ItemId("a"), 2, 1, "vector"),
                new Event.SlateEntry(new ItemId("b"), 1, 0.25f, "trending"));
        feed(
                sampler,
                new Event.SlateServed(id(), Instant.EPOCH, new UserId("u"), slate, "home", "m1", entries),
                act("u", "b", ActionType.IMPRESSION, 0, "r"),
                act("u", "b", ActionType.CLICK, 1, "another"),
                act("u", "b", ActionType.LIKE, 1, "r"),
                act("u", "c", ActionType.IMPRESSION, 2, "r"));
        sampler.finish();

        ImpressionSample sample = samples.getFirst();
        assertNotNull(sample.shown());
        assertEquals(new ImpressionSample.Shown(slate, "home", "m1", 1, 1, 0.25f, "trending"), sample.shown());
        assertTrue(sample.has(ActionType.LIKE));
        assertFalse(sample.has(ActionType.CLICK), "a click of another slate counts");
        assertNull(samples.get(1).shown());
    }

    /** Of a slate that is remembered: its features are of before. Those of another impression would contain the click. */
    @Test
    void action_reportedBeforeItsImpression_isItsOutcomeWhereTheSlateIsKnown() {
        List<Event.SlateEntry> entries = List.of(new Event.SlateEntry(new ItemId("a"), 2, 1, "vector"));
        RecommendationId slate = new RecommendationId("r");
        feed(
                sampler,
                new Event.SlateServed(id(), Instant.EPOCH, new UserId("u"), slate, "home", "m1", entries),
                act("u", "a", ActionType.CLICK, 2, "r"),
                act("u", "b", ActionType.CLICK, 2, "unknown"),
                act("u", "a", ActionType.LIKE, 2, "another"),
                act("u", "a", ActionType.IMPRESSION, 1, "r"),
                act("u", "b", ActionType.IMPRESSION, 1, "unknown"));
        sampler.finish();

        assertTrue(samples.get(0).has(ActionType.CLICK));
        assertFalse(samples.get(0).has(ActionType.LIKE), "of another slate");
        assertFalse(samples.get(1).has(ActionType.CLICK), "it may be among the features");
    }

    @Test
    void deletedUser_withOpenImpressions_isInNoSample() {
        feed(sampler, act("u", "a", ActionType.IMPRESSION, 0, null), act("v", "a", ActionType.IMPRESSION, 0, null));
        feed(sampler, new Event.UserDeleted(id(), Instant.EPOCH, new UserId("u")));
        sampler.finish();

        assertEquals(List.of("v"), samples.stream().map(s -> s.user().value()).toList());
    }

    /** The features of a sample are those of a replay that stops just before the impression, to the bit. */
    @Test
    void features_ofEverySample_arePointInTime() {
        long seed = System.nanoTime();
        Random random = new Random(seed);
        List<Event> events = new ArrayList<>();
        for (int i = 0; i < 1500; i++) {
            events.add(act(
                    "u" + random.nextInt(5),
                    "i" + random.nextInt(8),
                    ActionType.ofCode(random.nextInt(10)),
                    100L * i - random.nextInt(500),
                    null));
        }
        ImpressionSampler wide = sampler(1000);
        for (int i = 0; i < events.size(); i++) {
            wide.accept(i, events.get(i));
        }
        wide.finish();

        assertTrue(samples.size() > 100, "seed " + seed);
        for (ImpressionSample sample : samples.subList(samples.size() - 40, samples.size())) {
            FeatureState state = new FeatureState(CONFIG);
            for (int i = 0; i < sample.offset(); i++) {
                state.apply(i, events.get(i));
            }
            Moment moment = new Moment(
                    state, state.users().ordinal(sample.user()), sample.time().toEpochMilli());
            FeatureRow expected =
                    new FeatureRowReader(SCHEMA).read(moment, state.catalog().ordinal(sample.item()));
            assertArrayEquals(expected.numeric(), sample.features().numeric(), "seed " + seed);
            assertArrayEquals(expected.history(), sample.features().history(), "seed " + seed);
            assertArrayEquals(expected.itemProfile(), sample.features().itemProfile(), "seed " + seed);
            assertEquals(expected.item(), sample.features().item(), "seed " + seed);
            assertEquals(expected.user(), sample.features().user(), "seed " + seed);
        }
    }

    /** What the slate was made of counts, not what its own impressions and clicks have changed since. */
    @Test
    void features_ofAServedSlate_areThoseOfTheMomentItWasServed() {
        feed(sampler, act("u", "a", ActionType.CLICK, 0, null), act("v", "b", ActionType.CLICK, 1, null));
        List<Event.SlateEntry> entries = List.of(
                new Event.SlateEntry(new ItemId("a"), 2, 1, "vector"),
                new Event.SlateEntry(new ItemId("b"), 1, 1, "vector"));
        FeatureState state = new FeatureState(CONFIG);
        state.apply(0, act("u", "a", ActionType.CLICK, 0, null));
        state.apply(1, act("v", "b", ActionType.CLICK, 1, null));
        Instant served = Instant.ofEpochMilli(5_250);
        feed(
                sampler,
                new Event.SlateServed(id(), served, new UserId("u"), new RecommendationId("r"), "home", "m1", entries),
                act("u", "a", ActionType.IMPRESSION, 6, "r"),
                act("u", "a", ActionType.CLICK, 7, "r"),
                act("u", "b", ActionType.IMPRESSION, 8, "r"));
        sampler.finish();

        Moment moment = new Moment(state, state.users().ordinal(new UserId("u")), served.toEpochMilli());
        FeatureRowReader reader = new FeatureRowReader(SCHEMA);
        for (ImpressionSample sample : samples) {
            FeatureRow expected = reader.read(moment, state.catalog().ordinal(sample.item()));
            assertArrayEquals(
                    expected.numeric(),
                    sample.features().numeric(),
                    sample.item().value());
            assertArrayEquals(expected.history(), sample.features().history());
        }
        assertEquals(2, samples.size());
    }

    /** Features of the impression in place of those of the serving would teach what serving never sees. */
    @Test
    void impression_ofAForgottenSlate_isCountedAndGivesNoSample() {
        List<Event> slates = new ArrayList<>();
        for (int i = 0; i < 3; i++) {
            List<Event.SlateEntry> entries = List.of(
                    new Event.SlateEntry(new ItemId("a"), 2, 1, "vector"),
                    new Event.SlateEntry(new ItemId("b"), 2, 1, "vector"),
                    new Event.SlateEntry(new ItemId("c"), 2, 1, "vector"),
                    new Event.SlateEntry(new ItemId("d"), 2, 1, "vector"));
            RecommendationId slate = new RecommendationId("r" + i);
            slates.add(new Event.SlateServed(id(), Instant.EPOCH, new UserId("u"), slate, "home", "m1", entries));
        }
        feed(sampler, slates.get(0), slates.get(1));
        feed(sampler, act("u", "a", ActionType.IMPRESSION, 1, "unknown"));
        assertEquals(0, sampler.forgotten(), "nothing was forgotten yet");

        feed(sampler, slates.get(2)); // twelve items, of which ten may be remembered
        feed(sampler, act("u", "b", ActionType.IMPRESSION, 2, "r0"), act("u", "c", ActionType.IMPRESSION, 2, "r1"));
        feed(sampler, act("u", "d", ActionType.IMPRESSION, 2, null));
        sampler.finish();

        assertEquals(1, sampler.forgotten());
        assertEquals(
                List.of("a", "c", "d"),
                samples.stream().map(s -> s.item().value()).toList());
    }

    private ImpressionSampler sampler(int maxPending) {
        return new ImpressionSampler(
                CONFIG, new ImpressionOptions(Duration.ofSeconds(60), maxPending, 10), samples::add);
    }

    private void feed(ImpressionSampler into, Event... events) {
        for (Event event : events) {
            into.accept(next++, event);
        }
    }

    private Event act(String user, String item, ActionType type, long seconds, @Nullable String slate) {
        return new Event.Action(
                id(),
                Instant.ofEpochSecond(seconds),
                new UserId(user),
                new ItemId(item),
                type,
                1,
                slate == null ? null : new RecommendationId(slate));
    }

    private EventId id() {
        return new EventId("e" + next + "-" + System.nanoTime());
    }
}
