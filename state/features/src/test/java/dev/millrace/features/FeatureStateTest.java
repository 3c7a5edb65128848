package dev.millrace.features;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.millrace.features.rows.FeatureTables;
import dev.millrace.model.ActionType;
import dev.millrace.model.AttributeValue;
import dev.millrace.model.Event;
import dev.millrace.model.EventId;
import dev.millrace.model.Item;
import dev.millrace.model.ItemId;
import dev.millrace.model.RecommendationId;
import dev.millrace.model.User;
import dev.millrace.model.UserId;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

import java.io.ByteArrayOutputStream;
import java.io.DataOutputStream;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Random;

class FeatureStateTest {
    private static final long NOW = 1_760_000_000_000L;
    private static final UserId U = new UserId("u");
    private static final ItemId I = new ItemId("i");

    @TempDir
    private Path folder;

    private final FeatureState state = new FeatureState(FeaturesConfig.defaults());
    private long next;

    @Test
    void restore_ofADamagedFile_isRefused() throws IOException {
        Path file = folder.resolve("snapshot");
        try (OpenTables open = new OpenTables(folder.resolve("store"), 1 << 20)) {
            FeatureState saved = new FeatureState(FeaturesConfig.defaults(), open.tables);
            saved.settle();
            apply(saved, new EventWorld(1, 30, 60, 12).events(2000), 0, 2000);
            saved.save(file);
            FeatureState.restore(file, FeaturesConfig.defaults(), open.tables).settle();
            damageAndRestore(file, open.tables);
        }
    }

    private static void damageAndRestore(Path file, FeatureTables tables) throws IOException {
        byte[] whole = Files.readAllBytes(file);
        for (int i = 0; i < 50; i++) {
            long seed = System.nanoTime();
            Random random = new Random(seed);
            byte[] damaged = whole.clone();
            damaged[random.nextInt(whole.length)] ^= (byte) (1 << random.nextInt(8));
            Files.write(file, damaged);
            assertThrows(
                    IOException.class,
                    () -> FeatureState.restore(file, FeaturesConfig.defaults(), tables),
                    "a flipped bit, seed " + seed);
        }
        Files.write(file, java.util.Arrays.copyOf(whole, whole.length / 2));
        assertThrows(IOException.class, () -> FeatureState.restore(file, FeaturesConfig.defaults(), tables));
    }

    @Test
    void restore_withSmallerBounds_keepsTheNewest() throws IOException {
        Path file = folder.resolve("snapshot");
        try (OpenTables open = new OpenTables(folder.resolve("store"), 1 << 20)) {
            FeatureState saved = new FeatureState(FeaturesConfig.defaults(), open.tables);
            saved.settle();
            for (int i = 0; i < 20; i++) {
                saved.apply(i, action("u", "i" + i, ActionType.CLICK, i));
            }
            saved.save(file);

            FeaturesConfig smaller = new FeaturesConfig(4, 2, 2, true, 10, FeaturesConfig.HalfLives.defaults());
            FeatureState restored = FeatureState.restore(file, smaller, open.tables);
            restored.settle();

            assertEquals(List.of("i16", "i17", "i18", "i19"), history(restored, "u"));
            SeenItems seen = new SeenItems();
            row(restored, 0).seen(seen);
            assertEquals(2, seen.size());
            assertTrue(seen.contains(19) && seen.contains(18));
        }
    }

    @Test
    void event_appliedBefore_isIgnored() {
        Event click = action("u", "i", ActionType.CLICK, NOW / 1000);

        assertTrue(state.apply(5, click));
        assertFalse(state.apply(5, click));
        assertFalse(state.apply(2, click));

        assertEquals(6, state.appliedOffset());
        assertEquals(1, RowBytes.count(state, CounterKind.CLICK, 0, NOW), 1e-6);
    }

    @Test
    void action_onAnUnknownItem_makesItAvailableUnlessConfiguredOtherwise() {
        act("u", "i", ActionType.CLICK, 7);
        FeatureState strict =
                new FeatureState(new FeaturesConfig(64, 256, 32, false, 10, FeaturesConfig.HalfLives.defaults()));
        strict.apply(0, action("u", "i", ActionType.CLICK, 7));

        assertTrue(state.catalog().isAvailable(0));
        assertEquals(7000, state.catalog().createdMillis(0));
        assertFalse(strict.catalog().isAvailable(0));
        assertNull(strict.catalog().item(0));
        assertEquals(List.of("i"), history(strict, "u"));
        strict.apply(1, upsert("i", "drama"));
        assertTrue(strict.catalog().isAvailable(0));
    }

    @Test
    void item_deletedAndBack_keepsItsOrdinalAndLosesItsCounts() {
        apply(upsert("i", "drama"));
        act("u", "i", ActionType.CLICK, NOW / 1000);
        apply(new Event.ItemDeleted(id(), Instant.EPOCH, I));

        assertFalse(state.catalog().isAvailable(0));
        assertNull(state.catalog().item(0));
        assertEquals(0, state.catalog().topics(0).length);
        assertEquals(I, state.catalog().id(0));
        assertEquals(0, RowBytes.count(state, CounterKind.CLICK, 0, NOW));
        assertEquals(List.of("i"), history(state, "u"));

        act("u", "i", ActionType.LIKE, NOW / 1000);
        assertFalse(state.catalog().isAvailable(0), "a late action brings a deleted item back");
        apply(upsert("i", "comedy"));
        assertEquals(0, state.catalog().ordinal(I));
        assertTrue(state.catalog().isAvailable(0));
        assertEquals("comedy", state.catalog().topic(state.catalog().topics(0)[0]));
        assertEquals(1, state.catalog().size());
    }

    @Test
    void user_deleted_leavesNothingAndComesBackAsAnother() {
        apply(upsert("i", "drama"));
        apply(new Event.UserUpserted(id(), Instant.EPOCH, new User(U, Map.of("a", new AttributeValue.Flag(true)))));
        act("u", "i", ActionType.CLICK, NOW / 1000);
        apply(new Event.UserDeleted(id(), Instant.EPOCH, U));

        assertEquals(-1, state.users().ordinal(U));
        assertNull(state.users().id(0));
        assertEquals(Map.of(), state.userAttributes().read(0, new UserProfile()).attributes());
        assertEquals(List.of(), historyOf(state, 0));
        assertFalse(row(state, 0).hasSeen(0));
        assertEquals(0, row(state, 0).topic(0, NOW));
        assertEquals(1, RowBytes.count(state, CounterKind.CLICK, 0, NOW), 1e-6);

        act("u", "i", ActionType.LIKE, NOW / 1000);
        assertEquals(1, state.users().ordinal(U));
        assertEquals(1, historyOf(state, 1).size());
        assertEquals(1, row(state, 1).topic(0, NOW), 1e-6);
    }

    @Test
    void deletionOf_unknownItemOrUser_changesNothing() throws IOException {
        byte[] before = bytes(state);

        apply(new Event.ItemDeleted(id(), Instant.EPOCH, I));
        apply(new Event.UserDeleted(id(), Instant.EPOCH, U));

        assertArrayEquals(before, bytes(state));
        assertEquals(2, state.appliedOffset());
    }

    @Test
    void time_farOutsideAllYears_isMovedToTheBound() {
        apply(new Event.Action(id(), Instant.MAX, U, I, ActionType.CLICK, 1, null));
        apply(new Event.Action(id(), Instant.MIN, U, new ItemId("j"), ActionType.CLICK, 1, null));
        apply(new Event.ItemUpserted(id(), Instant.MIN, new Item(I, "", List.of(), Map.of(), Instant.MAX, true)));

        assertEquals(List.of("i", "j"), history(state, "u"));
        assertEquals(1, RowBytes.count(state, CounterKind.CLICK, 0, NOW), 1e-6);
        assertEquals(0, RowBytes.count(state, CounterKind.CLICK, 1, NOW), 1e-6);
    }

    @Test
    void counts_eventsInAnyOrderOfTime_areTheSame() {
        List<Long> times = List.of(0L, 86_400L, 40_000L, 200_000L, 10L);
        List<Long> sorted = times.stream().sorted().toList();
        times.forEach(t -> act("u", "a", ActionType.CLICK, t));
        sorted.forEach(t -> act("v", "b", ActionType.CLICK, t));

        float a = RowBytes.count(state, CounterKind.CLICK, 0, 300_000_000);
        float b = RowBytes.count(state, CounterKind.CLICK, 1, 300_000_000);

        double expected = times.stream()
                .mapToDouble(t -> Math.pow(2, -(300_000 - t) / 86_400.0))
                .sum();
        assertEquals(expected, a, 1e-5);
        assertEquals(expected, b, 1e-5);
    }

    @Test
    void arms_feedbackWithARecommendation_countsForTheArmThatServedIt() {
        FeatureState small =
                new FeatureState(new FeaturesConfig(64, 256, 32, true, 2, FeaturesConfig.HalfLives.defaults()));
        long minute = NOW / 60_000;
        for (String slate : List.of("r1", "r2", "r3")) {
            small.apply(
                    next++,
                    new Event.SlateServed(
                            id(),
                            Instant.ofEpochMilli(NOW),
                            U,
                            new RecommendationId(slate),
                            "arm-" + slate,
                            "",
                            List.of()));
        }
        for (String slate : List.of("r1", "r2", "r3", "unknown")) {
            small.apply(next++, feedback(ActionType.IMPRESSION, slate, NOW));
            small.apply(next++, feedback(ActionType.CLICK, slate, NOW + 60_000));
            small.apply(next++, feedback(ActionType.LIKE, slate, NOW));
        }

        int[] impressions = new int[3];
        int[] clicks = new int[3];
        small.arms().read("arm-r3", minute, impressions, clicks);
        assertArrayEquals(new int[] {1, 0, 0}, impressions);
        assertArrayEquals(new int[] {0, 1, 0}, clicks);
        small.arms().read("arm-r1", minute, impressions, clicks);
        assertArrayEquals(new int[3], impressions, "r1 is no longer among the two recent slates");
        assertEquals(List.of("arm-r1", "arm-r2", "arm-r3"), small.arms().arms());
    }

    @Test
    void listener_everyChange_isToldAfterTheStateShowsIt() {
        List<String> heard = new ArrayList<>();
        state.addListener(new FeatureListener() {
            @Override
            public void onItemUpserted(int item) {
                heard.add("item " + state.catalog().isAvailable(item));
            }

            @Override
            public void onItemDeleted(int item) {
                heard.add("gone " + !state.catalog().isAvailable(item));
            }

            @Override
            public void onAction(int user, int item, ActionType type, long millis) {
                UserRow row = state.userRows().readNewest(user, state.userRows().room());
                heard.add(type + " " + row.hasSeen(item) + " " + millis);
            }

            @Override
            public void onUserDeleted(int user) {
                heard.add("user " + (state.users().id(user) == null));
            }
        });

        act("u", "i", ActionType.IMPRESSION, 3);
        apply(upsert("i", "drama"));
        apply(new Event.ItemDeleted(id(), Instant.EPOCH, I));
        apply(new Event.UserDeleted(id(), Instant.EPOCH, U));

        assertEquals(List.of("item true", "IMPRESSION true 3000", "item true", "gone true", "user true"), heard);
    }

    @Test
    void userTopics_beyondTheBound_forgetTheWeakest() {
        FeatureState small =
                new FeatureState(new FeaturesConfig(64, 256, 2, true, 2, FeaturesConfig.HalfLives.defaults()));
        long seconds = NOW / 1000;
        for (String item : List.of("a", "b", "c")) {
            small.apply(next++, upsert(item, "topic-" + item));
        }
        small.apply(next++, action("u", "a", ActionType.CLICK, seconds));
        small.apply(next++, action("u", "a", ActionType.LIKE, seconds));
        small.apply(next++, action("u", "b", ActionType.CLICK, seconds));
        small.apply(next++, action("u", "c", ActionType.CLICK, seconds));

        int[] topics = new int[8];
        float[] values = new float[8];
        assertEquals(2, row(small, 0).topics(NOW, topics, values));
        assertEquals(2, row(small, 0).topic(small.catalog().topicOrdinal("topic-a"), NOW), 1e-6);
        assertEquals(0, row(small, 0).topic(small.catalog().topicOrdinal("topic-b"), NOW));
        assertEquals(1, row(small, 0).topic(small.catalog().topicOrdinal("topic-c"), NOW), 1e-6);
    }

    @Test
    void twoStates_ofDifferentEvents_haveDifferentBytes() throws IOException {
        byte[] empty = bytes(state);
        act("u", "i", ActionType.CLICK, 1);

        assertNotEquals(List.of(empty.length), List.of(bytes(state).length));
    }

    private static void apply(FeatureState to, List<Event> events, int from, int end) {
        for (int i = from; i < end; i++) {
            to.apply(i, events.get(i));
        }
    }

    private static byte[] bytes(FeatureState of) throws IOException {
        ByteArrayOutputStream bytes = new ByteArrayOutputStream();
        try (Capture whole = of.capture()) {
            DataOutputStream out = new DataOutputStream(bytes);
            String section = whole.write(out, Integer.MAX_VALUE);
            while (section != null) {
                section = whole.write(out, Integer.MAX_VALUE);
            }
        }
        return bytes.toByteArray();
    }

    private List<String> history(FeatureState of, String user) {
        return historyOf(of, of.users().ordinal(new UserId(user)));
    }

    private static UserRow row(FeatureState of, int user) {
        return of.userRows().read(user, of.userRows().room());
    }

    private static List<String> historyOf(FeatureState of, int user) {
        int[] items = new int[64];
        int count = row(of, user).history(items, new long[64], new byte[64]);
        List<String> ids = new ArrayList<>();
        for (int i = 0; i < count; i++) {
            ids.add(of.catalog().id(items[i]).value());
        }
        return ids;
    }

    private void act(String user, String item, ActionType type, long seconds) {
        apply(action(user, item, type, seconds));
    }

    private void apply(Event event) {
        state.apply(next++, event);
    }

    private Event action(String user, String item, ActionType type, long seconds) {
        return new Event.Action(
                id(), Instant.ofEpochSecond(seconds), new UserId(user), new ItemId(item), type, 1, null);
    }

    private Event feedback(ActionType type, String slate, long millis) {
        return new Event.Action(id(), Instant.ofEpochMilli(millis), U, I, type, 1, new RecommendationId(slate));
    }

    private Event upsert(String item, String... topics) {
        return new Event.ItemUpserted(
                id(),
                Instant.EPOCH,
                new Item(new ItemId(item), "", List.of(topics), Map.of(), Instant.ofEpochMilli(NOW), true));
    }

    private EventId id() {
        return new EventId("e" + next + "-" + System.nanoTime());
    }
}
