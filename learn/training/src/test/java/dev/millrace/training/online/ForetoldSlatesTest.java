package dev.millrace.training.online;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.millrace.features.FeaturesConfig;
import dev.millrace.model.ActionType;
import dev.millrace.model.Event;
import dev.millrace.model.EventId;
import dev.millrace.model.FloatMap;
import dev.millrace.model.ItemId;
import dev.millrace.model.RecommendationId;
import dev.millrace.model.UserId;
import dev.millrace.samples.ImpressionOptions;
import dev.millrace.samples.ImpressionSample;
import dev.millrace.samples.ImpressionSampler;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;

import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.SplittableRandom;

class ForetoldSlatesTest {
    private static final long SEED = 29;
    private static final Duration WINDOW = Duration.ofMinutes(1);
    private static final int PLACES = 10;

    private final SplittableRandom random = new SplittableRandom(SEED);
    private final ForetoldSlates slates = new ForetoldSlates(
            WINDOW,
            10_000,
            model -> model.equals("known") ? new ForetoldSlates.Correction("ranker", Map.of("click", 0.5f)) : null);
    private long millis = 1_700_000_000_000L;
    private long events;

    private Event.SlateServed served(String user, String model, int firstItem, int places) {
        List<Event.SlateEntry> entries = new ArrayList<>();
        for (int place = 0; place < places; place++) {
            FloatMap told = FloatMap.of(new String[] {"click", "like"}, new float[] {0.1f * place, 0.01f});
            entries.add(new Event.SlateEntry(new ItemId("i" + (firstItem + place)), 0, 1, "topics", told));
        }
        return new Event.SlateServed(
                new EventId("e" + events++),
                Instant.ofEpochMilli(millis),
                new UserId(user),
                new RecommendationId("r" + events),
                "home",
                model,
                entries);
    }

    private void serve(Event.SlateServed served) {
        slates.advance(served.timestamp());
        slates.serve(
                served, served.entries().stream().map(Event.SlateEntry::item).toList());
    }

    private Event.Action action(ActionType type, String user, ItemId item, @Nullable RecommendationId recommendation) {
        return new Event.Action(
                new EventId("e" + events++),
                Instant.ofEpochMilli(millis),
                new UserId(user),
                item,
                type,
                1,
                recommendation);
    }

    private record Shown(UserId user, ItemId item, boolean clicked, boolean liked) {}

    private List<Shown> done() {
        List<Shown> shown = new ArrayList<>();
        for (ForetoldSlates.Impression impression = slates.done().poll();
                impression != null;
                impression = slates.done().poll()) {
            int place = Math.round(impression.told(0) * 10);
            shown.add(new Shown(
                    impression.slate().user(),
                    impression.slate().items().get(place),
                    impression.has(ActionType.CLICK),
                    impression.has(ActionType.LIKE)));
        }
        return shown;
    }

    /** Of whatever comes in whatever order, the calibration sees the outcomes that the ranker is trained on. */
    @Test
    void outcomes_areThoseThatTheRankerLearnsFrom() {
        List<Shown> learnt = new ArrayList<>();
        ImpressionSampler sampler = new ImpressionSampler(
                FeaturesConfig.defaults(), new ImpressionOptions(WINDOW, 1_000_000, 1_000_000), sample -> {
                    if (sample.shown() != null) {
                        learnt.add(shown(sample));
                    }
                });
        List<Event.SlateServed> recent = new ArrayList<>();
        for (int i = 0; i < 20_000; i++) {
            millis += random.nextInt(1_000);
            if (i % 10 == 0) {
                Event.SlateServed served = served("u" + random.nextInt(3), "known", random.nextInt(3), 3);
                recent.add(served);
                serve(served);
                sampler.accept(i, served);
            } else {
                Event.Action action = anyAction(recent);
                slates.act(action);
                sampler.accept(i, action);
            }
        }
        sampler.finish();
        slates.advance(Instant.ofEpochMilli(millis).plus(WINDOW).plusSeconds(1));
        List<Shown> followed = done();
        assertEquals(learnt, followed, "seed " + SEED);
        assertTrue(followed.stream().filter(Shown::clicked).count() > 100, "seed " + SEED);
        assertTrue(followed.stream().filter(shown -> !shown.clicked).count() > 100, "seed " + SEED);
    }

    private static Shown shown(ImpressionSample sample) {
        return new Shown(sample.user(), sample.item(), sample.has(ActionType.CLICK), sample.has(ActionType.LIKE));
    }

    /** On one of the last slates, which it names, or another, or none. */
    private Event.Action anyAction(List<Event.SlateServed> recent) {
        Event.SlateServed slate = recent.get(Math.max(0, recent.size() - 1 - random.nextInt(4)));
        ItemId item = slate.entries().get(random.nextInt(3)).item();
        ActionType type = random.nextInt(3) == 0
                ? ActionType.IMPRESSION
                : random.nextBoolean() ? ActionType.CLICK : ActionType.LIKE;
        int names = random.nextInt(5);
        RecommendationId named =
                names == 0 ? null : names == 1 ? recent.getLast().recommendation() : slate.recommendation();
        return action(type, slate.user().value(), item, named);
    }

    @Test
    void slate_thatNothingIsKnownOf_takesNoPlace() {
        serve(served("u", "unknown", 0, PLACES));
        assertEquals(0, slates.placeCount());
        assertEquals(0, slates.leftOut(), "it is not to be followed");
        serve(served("u", "known", 0, PLACES));
        assertEquals(PLACES, slates.placeCount());
    }

    /** Evenly, whatever follows on them, and all again once fewer come. */
    @Test
    void slates_moreThanMayWait_areThinnedAndCounted() {
        int count = 3 * ForetoldSlates.MOST_PLACES / PLACES;
        for (int i = 0; i < count; i++) {
            millis++; // all within the window
            Event.SlateServed served = served("u" + i, "known", 0, PLACES);
            serve(served);
            slates.act(action(ActionType.IMPRESSION, "u" + i, new ItemId("i1"), served.recommendation()));
            if (i % 5 == 0) {
                slates.act(action(ActionType.CLICK, "u" + i, new ItemId("i1"), null));
            }
            assertTrue(slates.placeCount() <= ForetoldSlates.MOST_PLACES);
        }
        int followed = slates.placeCount() / PLACES;
        assertTrue(followed > ForetoldSlates.MOST_PLACES / PLACES / 4, "there are " + followed);
        assertEquals(count - followed, slates.leftOut());

        millis += 2 * WINDOW.toMillis();
        serve(served("v", "known", 0, PLACES));
        List<Shown> shown = done();
        assertEquals(followed, shown.size(), "of each that is followed, one was shown");
        double clicked = shown.stream().filter(Shown::clicked).count() / (double) shown.size();
        assertEquals(0.2, clicked, 0.02);
        long before = slates.leftOut();
        for (int i = 0; i < 100; i++) {
            serve(served("w" + i, "known", 0, PLACES));
        }
        assertEquals(before, slates.leftOut(), "there is place again");
    }

    @Test
    void impression_isHandedOnOnceItsWindowIsOverAndNotBefore() {
        Event.SlateServed served = served("u", "known", 0, PLACES);
        serve(served);
        slates.act(action(ActionType.IMPRESSION, "u", new ItemId("i1"), served.recommendation()));
        millis += WINDOW.toMillis();
        slates.act(action(ActionType.LIKE, "u", new ItemId("i1"), null));
        slates.advance(Instant.ofEpochMilli(millis));
        assertEquals(List.of(), done());
        slates.advance(Instant.ofEpochMilli(millis + 1));
        assertEquals(List.of(new Shown(new UserId("u"), new ItemId("i1"), false, true)), done());
    }

    /** Clients that report impressions together report clicks before them, among those of all slates. */
    @Test
    void clickBeforeItsImpression_isNotCrowdedOutByClicksOnOtherSlates() {
        Event.SlateServed served = served("u", "known", 0, PLACES);
        serve(served);
        slates.act(action(ActionType.CLICK, "u", new ItemId("i1"), served.recommendation()));
        for (int i = 0; i < 150_000; i++) {
            slates.act(action(ActionType.CLICK, "v" + i, new ItemId("i1"), new RecommendationId("other" + i)));
        }
        slates.act(action(ActionType.IMPRESSION, "u", new ItemId("i1"), served.recommendation()));
        slates.advance(Instant.ofEpochMilli(millis).plus(WINDOW).plusMillis(1));
        assertEquals(List.of(new Shown(new UserId("u"), new ItemId("i1"), true, false)), done());
    }

    @Test
    void users_whoAreGone_areNotFollowed() {
        Event.SlateServed gone = served("u", "known", 0, PLACES);
        Event.SlateServed stays = served("v", "known", 0, PLACES);
        for (Event.SlateServed served : List.of(gone, stays)) {
            serve(served);
            slates.act(action(ActionType.IMPRESSION, served.user().value(), new ItemId("i1"), served.recommendation()));
        }
        slates.forgetIf(new UserId("u")::equals);
        assertEquals(PLACES, slates.placeCount());
        slates.advance(Instant.ofEpochMilli(millis).plus(WINDOW).plusMillis(1));
        assertEquals(List.of(new Shown(new UserId("v"), new ItemId("i1"), false, false)), done());
    }
}
