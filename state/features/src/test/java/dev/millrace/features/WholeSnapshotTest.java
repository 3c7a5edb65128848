package dev.millrace.features;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.millrace.features.rows.FeatureTable;
import dev.millrace.features.rows.WordRoom;
import dev.millrace.model.ActionType;
import dev.millrace.model.Item;
import dev.millrace.model.ItemId;
import dev.millrace.model.UserId;
import dev.millrace.storage.SnapshotDirectory;
import dev.millrace.storage.personal.PersonalCipher;
import dev.millrace.storage.personal.SubjectId;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

import java.io.IOException;
import java.io.InterruptedIOException;
import java.lang.ref.WeakReference;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.stream.IntStream;
import java.util.stream.Stream;

/** A snapshot with rows: what was there at its offset, whatever the writer of the state did meanwhile, but for who was erased. */
final class WholeSnapshotTest {
    private static final FeaturesConfig CONFIG = FeaturesConfig.defaults();
    /** Some rows of each table: most are read from disk. */
    private static final long SMALL = 16 << 10;

    @TempDir
    private Path folder;

    @Test
    void snapshot_writtenWhileEventsGoOn_isTheStateOfItsOffset() throws Exception {
        long seed = System.nanoTime();
        EventWorld world = new EventWorld(seed, 200, 150, 9);
        try (OpenTables open = new OpenTables(folder.resolve("store"), SMALL);
                ExecutorService thread = Executors.newSingleThreadExecutor()) {
            FeatureState state = begin(open);
            apply(state, world, 6_000);
            byte[] expected = RowBytes.of(state, open.tables);
            List<@Nullable UserId> owners = owners(state);
            long offset = state.appliedOffset();
            Path features = save(state);
            apply(state, world, 400);
            Future<?> writing = thread.submit(() -> {
                WholeSnapshot.write(
                        features,
                        file(offset),
                        open.tables,
                        user -> user < owners.size() ? owners.get(user) : null,
                        () -> false);
                return null;
            });
            while (!writing.isDone()) {
                apply(state, world, 20);
            }
            writing.get();
            apply(state, world, 400);

            WholeSnapshot snapshot = only(open);
            FeatureState restored = snapshot.restore(CONFIG);

            assertEquals(offset, snapshot.offset());
            assertArrayEquals(expected, RowBytes.of(restored, restored.tables()), "seed " + seed);
        }
    }

    @Test
    void replay_behindASnapshot_givesWhatAReplayOfEverythingGives() throws Exception {
        long seed = System.nanoTime();
        EventWorld world = new EventWorld(seed, 60, 50, 9);
        FeatureState all = new FeatureState(CONFIG);
        try (OpenTables open = new OpenTables(folder.resolve("store"), SMALL)) {
            FeatureState state = begin(open);
            for (int i = 0; i < 3_000; i++) {
                var event = world.event();
                state.apply(i, event);
                all.apply(i, event);
            }
            write(state, open);
            FeatureState restored = only(open).restore(CONFIG);
            for (int i = 3_000; i < 5_000; i++) {
                var event = world.event();
                restored.apply(i, event);
                all.apply(i, event);
            }
            assertArrayEquals(RowBytes.of(all, all.tables()), RowBytes.of(restored, restored.tables()), "seed " + seed);
        }
    }

    @Test
    void erasedUser_isInNoSnapshotThatWasMadeBefore() throws Exception {
        EventWorld world = new EventWorld(11, 20, 30, 5);
        try (OpenTables open = new OpenTables(folder.resolve("store"), SMALL)) {
            FeatureState state = begin(open);
            apply(state, world, 2_000);
            UserId erased = new UserId("u3");
            write(state, open);
            assertTrue(told(only(open)).containsKey(erased));

            open.keys.drop(SubjectId.of(erased.value()));

            FeatureState restored = only(open).restore(CONFIG);
            assertEquals(-1, restored.users().ordinal(erased));
            for (FeatureTable table : List.of(FeatureTable.USERS, FeatureTable.USER_ATTRIBUTES)) {
                WordRoom row = new WordRoom(table);
                restored.tables().values(table).read(state.users().ordinal(erased), row);
                assertEquals(0, row.size(), "their row of " + table);
            }
            assertTrue(restored.users().ordinal(new UserId("u4")) >= 0);
            assertFalse(told(only(open)).containsKey(erased));
        }
    }

    /** What the learner hears is what the state would have told it. */
    @Test
    void tell_namesEachUsersHistory() throws Exception {
        EventWorld world = new EventWorld(12, 20, 30, 5);
        try (OpenTables open = new OpenTables(folder.resolve("store"), SMALL)) {
            FeatureState state = begin(open);
            apply(state, world, 2_000);
            write(state, open);
            Map<UserId, List<ItemId>> told = told(only(open));
            Map<UserId, List<ItemId>> expected = new HashMap<>();
            forEachHistory(
                    state,
                    (user, items, millis) -> expected.put(
                            state.users().id(user),
                            IntStream.of(items).mapToObj(state.catalog()::id).toList()));
            assertEquals(expected, told);
        }
    }

    private interface History {
        void of(int user, int[] items, long[] millis);
    }

    /** Of each user who did something, the oldest first. */
    private static void forEachHistory(FeatureState state, History history) {
        UserRow row = state.userRows().room();
        for (int user = 0; user < state.users().size(); user++) {
            state.userRows().read(user, row);
            if (state.users().id(user) != null && row.historyCount() > 0) {
                int[] items = new int[row.historyCount()];
                long[] millis = new long[items.length];
                row.history(items, millis, new byte[items.length]);
                history.of(user, items, millis);
            }
        }
    }

    @Test
    void tell_ofFewUsers_namesThoseWhoWereHereLastInTheirOrder() throws Exception {
        EventWorld world = new EventWorld(12, 20, 30, 5);
        try (OpenTables open = new OpenTables(folder.resolve("store"), SMALL)) {
            FeatureState state = begin(open);
            apply(state, world, 2_000);
            write(state, open);
            TreeMap<Long, UserId> byTime = new TreeMap<>();
            forEachHistory(
                    state,
                    (user, items, millis) -> byTime.put(
                            millis[millis.length - 1] << 8 | user, state.users().id(user)));
            List<UserId> expected = List.copyOf(byTime.values());
            assertTrue(expected.size() > 5);
            List<UserId> told = new ArrayList<>();
            only(open).tell(CONFIG, 5, new WholeSnapshot.Listener() {
                @Override
                public void item(Item item) {}

                @Override
                public void user(UserId user, List<ItemId> history) {
                    told.add(user);
                }
            });
            assertEquals(expected.subList(expected.size() - 5, expected.size()), told);
        }
    }

    /** The learner's heap is smaller than a store. */
    @Test
    void tell_holdsNoItemsAndNoMoreUsersThanWanted() throws Exception {
        EventWorld world = new EventWorld(14, 20, 30, 5);
        try (OpenTables open = new OpenTables(folder.resolve("store"), SMALL)) {
            FeatureState state = begin(open);
            apply(state, world, 2_000);
            write(state, open);
            List<WeakReference<Item>> items = new ArrayList<>();
            List<Long> held = new ArrayList<>();
            only(open).tell(CONFIG, 5, new WholeSnapshot.Listener() {
                @Override
                public void item(Item item) {
                    items.add(new WeakReference<>(item));
                }

                @Override
                public void user(UserId user, List<ItemId> history) {
                    if (held.isEmpty()) {
                        System.gc();
                        held.add(items.stream()
                                .filter(item -> item.get() != null)
                                .count());
                    }
                }
            });
            assertTrue(items.size() > 5, items.size() + " items");
            assertTrue(held.getFirst() <= 1, held + " of " + items.size() + " items are held");
            NewestHistories newest = new NewestHistories(5);
            UserRow row = new UserRow(CONFIG);
            for (int user = 0; user < 100; user++) {
                row.addAction(1, ActionType.CLICK, 1_000 + user);
                newest.add(user, row);
                newest.add(user, row);
                assertEquals(Math.min(5, user + 1), newest.size());
            }
            assertEquals(Set.of(95, 96, 97, 98, 99), newest.users());
        }
    }

    @Test
    void write_thatIsAbandoned_leavesNothing() throws Exception {
        EventWorld world = new EventWorld(13, 20, 30, 5);
        try (OpenTables open = new OpenTables(folder.resolve("store"), SMALL)) {
            FeatureState state = begin(open);
            apply(state, world, 500);
            Path features = save(state);
            assertThrows(
                    InterruptedIOException.class,
                    () -> WholeSnapshot.write(features, file(500), open.tables, state.users()::id, () -> true));
            try (Stream<Path> left = Files.list(folder.resolve("snapshots"))) {
                assertEquals(List.of(features), left.toList());
            }
        }
    }

    private static FeatureState begin(OpenTables open) throws IOException {
        FeatureState state = new FeatureState(CONFIG, open.tables);
        state.settle();
        return state;
    }

    private void write(FeatureState state, OpenTables open) throws IOException {
        WholeSnapshot.write(save(state), file(state.appliedOffset()), open.tables, state.users()::id, () -> false);
    }

    private Path save(FeatureState state) throws IOException {
        Path features = new SnapshotDirectory(folder.resolve("snapshots"), "features").file(state.appliedOffset());
        state.save(features);
        return features;
    }

    private Path file(long offset) {
        return new SnapshotDirectory(folder.resolve("snapshots"), WholeSnapshot.KIND).file(offset);
    }

    private WholeSnapshot only(OpenTables open) throws IOException {
        List<WholeSnapshot> all = WholeSnapshot.in(folder.resolve("snapshots"), new PersonalCipher(open.keys));
        assertEquals(1, all.size());
        return all.getFirst();
    }

    private static Map<UserId, List<ItemId>> told(WholeSnapshot snapshot) throws IOException {
        Map<UserId, List<ItemId>> histories = new HashMap<>();
        snapshot.tell(CONFIG, Integer.MAX_VALUE, new WholeSnapshot.Listener() {
            @Override
            public void item(Item item) {
                assertTrue(histories.isEmpty(), "items come first");
            }

            @Override
            public void user(UserId user, List<ItemId> history) {
                histories.put(user, history);
            }
        });
        return histories;
    }

    private static List<@Nullable UserId> owners(FeatureState state) {
        List<@Nullable UserId> owners = new ArrayList<>();
        for (int user = 0; user < state.users().size(); user++) {
            owners.add(state.users().id(user));
        }
        return owners;
    }

    private static void apply(FeatureState state, EventWorld world, int count) {
        long from = state.appliedOffset();
        for (long offset = from; offset < from + count; offset++) {
            assertTrue(state.apply(offset, world.event()));
        }
    }
}
