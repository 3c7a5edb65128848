package dev.millrace.samples;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;

import dev.millrace.eventlog.MemoryEventLog;
import dev.millrace.features.FeatureState;
import dev.millrace.features.FeaturesConfig;
import dev.millrace.model.ActionType;
import dev.millrace.model.Event;
import dev.millrace.model.EventId;
import dev.millrace.model.Item;
import dev.millrace.model.ItemId;
import dev.millrace.model.UserId;
import org.junit.jupiter.api.Test;

import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.Set;

class SequenceSamplerTest {
    private final SequenceSampler sampler = new SequenceSampler(SequenceOptions.all());
    private long next;

    @Test
    void actions_ofTwoUsers_becomeSequencesInTheOrderOfTheLog() {
        feed(sampler, action("u", "a", ActionType.CLICK, 50), action("v", "b", ActionType.LIKE, 60));
        feed(sampler, action("u", "c", ActionType.RATING, 10), action("u", "x", ActionType.IMPRESSION, 70));
        feed(sampler, action("u", "y", ActionType.COMPLAINT, 80));

        UserSequences sequences = sampler.sequences();

        assertEquals(
                List.of(item("a"), item("b"), item("c")), sequences.dataset().vocabulary());
        assertEquals(List.of(new UserId("u"), new UserId("v")), sequences.users());
        assertArrayEquals(new int[][] {{0, 2}, {1}}, sequences.dataset().sequences());
    }

    @Test
    void repeatedInterest_inARow_isOneEntry() {
        feed(sampler, action("u", "a", ActionType.CLICK, 1), action("u", "a", ActionType.LIKE, 2));
        feed(sampler, action("u", "b", ActionType.CLICK, 3), action("u", "a", ActionType.CLICK, 4));

        assertArrayEquals(new int[][] {{0, 1, 0}}, sampler.dataset().sequences());
    }

    @Test
    void timeCut_laterEvents_leaveNoTrace() {
        SequenceSampler cut = new SequenceSampler(SequenceOptions.all().withBefore(Instant.ofEpochSecond(100)));

        feed(cut, action("u", "a", ActionType.CLICK, 99), action("u", "b", ActionType.CLICK, 100));
        feed(cut, action("v", "c", ActionType.CLICK, 200), deleteUser("u", 300));

        assertEquals(List.of(item("a")), cut.dataset().vocabulary());
        assertArrayEquals(new int[][] {{0}}, cut.dataset().sequences());
    }

    @Test
    void options_rareItemsShortUsersAndTypes_areLeftOut() {
        SequenceSampler strict = new SequenceSampler(SequenceOptions.all()
                .withActions(Set.of(ActionType.CLICK))
                .withMinItemCount(2)
                .withSequenceLength(2, 3));

        for (String user : List.of("u", "v")) {
            for (String item : List.of("a", "b", "c", "d")) {
                feed(strict, action(user, item, ActionType.CLICK, 1));
            }
        }
        feed(strict, action("w", "rare", ActionType.CLICK, 1), action("w", "a", ActionType.CLICK, 1));
        feed(strict, action("w", "b", ActionType.LIKE, 1));
        UserSequences sequences = strict.sequences();

        assertEquals(
                List.of(item("a"), item("b"), item("c"), item("d")),
                sequences.dataset().vocabulary());
        assertEquals(List.of(new UserId("u"), new UserId("v")), sequences.users());
        assertArrayEquals(
                new int[][] {{1, 2, 3}, {1, 2, 3}}, sequences.dataset().sequences());
    }

    @Test
    void deletedUserAndItem_anyHistory_areGone() {
        feed(sampler, action("u", "a", ActionType.CLICK, 1), action("v", "a", ActionType.CLICK, 2));
        feed(sampler, action("v", "b", ActionType.CLICK, 3), deleteUser("u", 4), deleteItem("a", 5));
        feed(sampler, action("u", "b", ActionType.CLICK, 6));

        UserSequences sequences = sampler.sequences();

        assertEquals(List.of(item("b")), sequences.dataset().vocabulary());
        assertEquals(List.of(new UserId("v"), new UserId("u")), sequences.users());
        assertArrayEquals(new int[][] {{0}, {0}}, sequences.dataset().sequences());
    }

    @Test
    void deletedItem_uploadedAgain_isBack() {
        feed(sampler, action("u", "a", ActionType.CLICK, 1), deleteItem("a", 2));
        feed(
                sampler,
                new Event.ItemUpserted(
                        id(), Instant.EPOCH, new Item(item("a"), "", List.of(), Map.of(), Instant.EPOCH, true)));

        assertArrayEquals(new int[][] {{0}}, sampler.dataset().sequences());
    }

    /** Training and serving must see the same history of a user. */
    @Test
    void randomLog_newestOfEachSequence_equalsTheServedHistory() {
        long seed = System.nanoTime();
        Random random = new Random(seed);
        FeatureState state = new FeatureState(FeaturesConfig.defaults());
        MemoryEventLog log = new MemoryEventLog();
        for (int i = 0; i < 20_000; i++) {
            ActionType type = ActionType.ofCode(random.nextInt(10));
            Event event = random.nextInt(500) == 0
                    ? deleteUser("u" + random.nextInt(50), i)
                    : action("u" + random.nextInt(50), "i" + random.nextInt(30), type, random.nextInt(100_000));
            log.append(event).join();
            state.apply(i, event);
        }

        UserSequences sequences = SequenceSampler.sample(log, SequenceOptions.all());

        int[] items = new int[64];
        long[] millis = new long[64];
        byte[] actions = new byte[64];
        for (int s = 0; s < sequences.users().size(); s++) {
            int user = state.users().ordinal(sequences.users().get(s));
            int count = state.userRows().read(user, state.userRows().room()).history(items, millis, actions);
            int[] sequence = sequences.dataset().sequences()[s];
            assertEquals(Math.min(64, sequence.length), count, "seed " + seed);
            for (int i = 0; i < count; i++) {
                ItemId trained = sequences.dataset().vocabulary().get(sequence[sequence.length - count + i]);
                assertEquals(trained, state.catalog().id(items[i]), "seed " + seed);
            }
        }
        assertEquals(log.end(), 20_000);
    }

    private void feed(SequenceSampler into, Event... events) {
        for (Event event : events) {
            into.accept(next++, event);
        }
    }

    private Event action(String user, String item, ActionType type, long seconds) {
        return new Event.Action(id(), Instant.ofEpochSecond(seconds), new UserId(user), item(item), type, 1, null);
    }

    private Event deleteUser(String user, long seconds) {
        return new Event.UserDeleted(id(), Instant.ofEpochSecond(seconds), new UserId(user));
    }

    private Event deleteItem(String item, long seconds) {
        return new Event.ItemDeleted(id(), Instant.ofEpochSecond(seconds), item(item));
    }

    private EventId id() {
        return new EventId("e" + next++);
    }

    private static ItemId item(String id) {
        return new ItemId(id);
    }
}
