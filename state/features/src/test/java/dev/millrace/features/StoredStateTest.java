package dev.millrace.features;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.millrace.features.rows.FeatureTable;
import dev.millrace.features.rows.MemoryTables;
import dev.millrace.model.Event;
import dev.millrace.model.UserId;
import dev.millrace.storage.personal.SubjectId;
import dev.millrace.storage.tiered.TableStat;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

import java.io.IOException;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.ArrayList;
import java.util.EnumSet;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.Set;
import java.util.TreeMap;
import java.util.stream.Stream;

/** A state whose rows are in the store: after a crash at any place, a snapshot and the log behind it give what a replay gives. */
final class StoredStateTest {
    private static final int ROUNDS = Integer.getInteger("millrace.crash.rounds", 4);
    private static final int EVENTS = 4_000;
    /** Some rows of each table: most are read from disk. */
    private static final long SMALL = 16 << 10;

    private static final Set<FeatureTable> ALL = EnumSet.allOf(FeatureTable.class);

    @TempDir
    private Path folder;

    /**
     * Applies events to a state, makes snapshots at random offsets, drops the process at a random one – what the store had not
     * confirmed is cut off anywhere – and starts again from any snapshot that was kept; several times over one log.
     */
    @Test
    void crash_anywhere_leavesWhatACleanReplayGives() throws IOException {
        long seed = System.nanoTime();
        Random random = new Random(seed);
        long keptRows = 0;
        for (int round = 0; round < ROUNDS; round++) {
            FeaturesConfig config = config(random.nextBoolean());
            List<Event> events = new EventWorld(random.nextLong(), 30, 200, 12).events(EVENTS);
            Run run = new Run(folder.resolve("round" + round), config, events, random);
            String where = "seed " + seed + ", round " + round;
            while (run.applied < events.size()) {
                run.liveUntilACrash(where);
            }
            keptRows += run.keptRows;
        }
        assertTrue(keptRows > 0, "no row was ever ahead of its snapshot, seed " + seed);
    }

    @Test
    void budget_smallerThanTheState_stillAnswersRightly() throws IOException {
        long seed = System.nanoTime();
        FeaturesConfig config = config(true);
        List<Event> events = new EventWorld(seed, 2_000, 1_000, 12).events(20_000);
        MemoryTables memory = new MemoryTables();
        FeatureState expected = new FeatureState(config, memory);
        try (OpenTables open = new OpenTables(folder, SMALL)) {
            FeatureState state = new FeatureState(config, open.tables);
            state.settle();
            apply(expected, events, 0, events.size());
            apply(state, events, 0, events.size());
            assertArrayEquals(RowBytes.of(expected, memory), RowBytes.of(state, open.tables), "seed " + seed);
            assertTrue(
                    open.store.stat().tables().stream()
                            .anyMatch(table -> table.reads().fromDisk() > 0),
                    "nothing was read from disk, seed " + seed);
        }
    }

    @Test
    void event_givenAgain_afterItWasFoldedIntoRowsOnly_countsOnce() throws IOException {
        try (OpenTables open = new OpenTables(folder, SMALL)) {
            FeatureState state = new FeatureState(config(true), open.tables);
            state.settle();
            List<Event> events = new EventWorld(3, 5, 5, 3).events(50);
            FeatureState half = new FeatureState(config(true), open.tables);
            apply(state, events, 0, events.size());
            byte[] expected = RowBytes.of(state, open.tables);
            // The rows have all of the events; the rest of this state has none.
            apply(half, events, 0, events.size());
            assertArrayEquals(expected, RowBytes.of(half, open.tables));
        }
    }

    @Test
    void restore_withoutTheStoreOfThatTime_isRefused() throws IOException {
        Path file = folder.resolve("snapshot");
        List<Event> events = new EventWorld(5, 5, 5, 3).events(50);
        try (OpenTables open = new OpenTables(folder.resolve("store"), SMALL)) {
            FeatureState state = new FeatureState(config(true), open.tables);
            state.settle();
            apply(state, events, 0, events.size());
            state.save(file);
        }
        try (OpenTables other = new OpenTables(folder.resolve("other"), SMALL)) {
            IOException refused =
                    assertThrows(IOException.class, () -> FeatureState.restore(file, config(true), other.tables));
            assertTrue(refused.getMessage().contains("offset 50"), refused.getMessage());
        }
    }

    @Test
    void forgetBefore_keepsTheWayBackToTheSnapshotsThatAreLeft() throws IOException {
        List<Event> events = new EventWorld(6, 5, 50, 3).events(3_000);
        try (OpenTables open = new OpenTables(folder.resolve("store"), SMALL)) {
            FeatureState state = new FeatureState(config(true), open.tables);
            state.settle();
            for (int saved = 1; saved <= 3; saved++) {
                apply(state, events, 1_000 * (saved - 1), 1_000 * saved);
                state.save(folder.resolve("snapshot" + saved));
            }
            open.tables.forgetBefore(2_000);
            assertFalse(open.tables.reachBack(1_000, ALL));
            assertTrue(open.tables.reachBack(2_000, ALL) && open.tables.reachBack(3_000, ALL));
            FeatureState back = FeatureState.restore(folder.resolve("snapshot2"), config(true), open.tables);
            back.settle();
            MemoryTables memory = new MemoryTables();
            FeatureState expected = new FeatureState(config(true), memory);
            apply(expected, events, 0, 2_000);
            assertArrayEquals(RowBytes.of(expected, memory), RowBytes.of(back, open.tables));
        }
    }

    /** A user is erased behind a snapshot; the process ends without another one, and rows of theirs were kept for the way back. */
    @Test
    void restore_afterAnErasure_isTheStateWithoutTheUser() throws IOException {
        long seed = System.nanoTime();
        List<Event> events = new EventWorld(seed, 5, 50, 3).events(3_000);
        UserId erased = events.stream()
                .filter(event -> event instanceof Event.Action)
                .map(event -> ((Event.Action) event).user())
                .findFirst()
                .orElseThrow();
        Path file = folder.resolve("snapshot");
        Path store = folder.resolve("store");
        try (OpenTables open = new OpenTables(store, SMALL)) {
            FeatureState state = new FeatureState(config(true), open.tables);
            state.settle();
            apply(state, events, 0, 1_000);
            state.save(file);
            apply(state, events, 1_000, 2_000);
            assertTrue(open.keys.drop(SubjectId.of(erased.value())).hadKey());
            state.forget(erased);
            assertEquals(-1, state.users().ordinal(erased));
            applyOthers(state, events, erased, 2_000);
        }
        MemoryTables memory = new MemoryTables();
        FeatureState expected = new FeatureState(config(true), memory);
        apply(expected, events, 0, 1_000);
        expected.forget(erased);
        applyOthers(expected, events, erased, 1_000);
        for (int start = 0; start < 2; start++) {
            try (OpenTables open = new OpenTables(store, SMALL)) {
                FeatureState back = FeatureState.restore(file, config(true), open.tables);
                assertEquals(-1, back.users().ordinal(erased));
                back.settle();
                applyOthers(back, events, erased, 1_000);
                assertArrayEquals(RowBytes.of(expected, memory), RowBytes.of(back, open.tables), "seed " + seed);
            }
        }
    }

    /** As a log gives them whose reader has no key of the erased user. */
    private static void applyOthers(FeatureState state, List<Event> events, UserId erased, int from) {
        for (int i = from; i < events.size(); i++) {
            if (isOf(erased, events.get(i))) {
                state.skip(i);
            } else {
                state.apply(i, events.get(i));
            }
        }
    }

    private static boolean isOf(UserId user, Event event) {
        return switch (event) {
            case Event.Action action -> action.user().equals(user);
            case Event.UserUpserted upserted -> upserted.user().id().equals(user);
            case Event.UserDeleted deleted -> deleted.user().equals(user);
            case Event.SlateServed served -> served.user().equals(user);
            case Event.ItemUpserted _, Event.ItemDeleted _ -> false;
        };
    }

    private static FeaturesConfig config(boolean implicitItems) {
        return new FeaturesConfig(8, 7, 3, implicitItems, 10, FeaturesConfig.HalfLives.defaults());
    }

    private static void apply(FeatureState state, List<Event> events, int from, int to) {
        for (int i = from; i < to; i++) {
            state.apply(i, events.get(i));
        }
    }

    /** One log, and the processes that follow it one after the other. */
    private static final class Run {
        private final Path directory;
        private final FeaturesConfig config;
        private final List<Event> events;
        private final Random random;
        private final TreeMap<Integer, Path> snapshots = new TreeMap<>();
        private Path store;
        private int process;
        int applied;
        long keptRows;

        Run(Path directory, FeaturesConfig config, List<Event> events, Random random) throws IOException {
            this.directory = Files.createDirectories(directory);
            this.config = config;
            this.events = events;
            this.random = random;
            this.store = directory.resolve("store0");
        }

        void liveUntilACrash(String where) throws IOException {
            try (OpenTables open =
                    new OpenTables(store, random.nextBoolean() ? SMALL : 1 << 20, directory.resolve("keys"))) {
                FeatureState state = start(open);
                check(state, open, where + ", after start " + process + " at " + state.appliedOffset());
                Map<String, Long> confirmed = sizes();
                int end = Math.min(events.size(), (int) state.appliedOffset() + 1 + random.nextInt(1_500));
                while (state.appliedOffset() < end) {
                    int next = (int) state.appliedOffset();
                    state.applyInGroup(next, events.get(next));
                    if (random.nextInt(10) == 0) {
                        state.endGroup();
                    }
                    if (random.nextInt(400) == 0) {
                        confirmed = save(state, open);
                    } else if (random.nextInt(700) == 0) {
                        // A snapshot that came to nothing.
                        state.capture().close();
                    } else if (random.nextInt(900) == 0) {
                        open.store.checkpoint();
                        confirmed = sizes();
                    }
                }
                applied = (int) state.appliedOffset();
                store = crash(confirmed);
            }
        }

        private FeatureState start(OpenTables open) throws IOException {
            FeatureState state;
            if (snapshots.isEmpty()) {
                state = new FeatureState(config, open.tables);
            } else {
                List<Integer> offsets = new ArrayList<>(snapshots.keySet());
                int chosen = offsets.get(random.nextInt(offsets.size()));
                snapshots.tailMap(chosen, false).clear();
                Path file = snapshots.get(chosen);
                state = FeatureState.restore(file, config, open.tables);
                keptRows += open.store.stat().tables().stream()
                        .filter(table -> table.name().contains(".kept@"))
                        .mapToLong(TableStat::rows)
                        .sum();
            }
            state.settle();
            return state;
        }

        private Map<String, Long> save(FeatureState state, OpenTables open) throws IOException {
            int offset = (int) state.appliedOffset();
            Path file = directory.resolve("snapshot-" + process + "-" + offset);
            state.save(file);
            snapshots.put(offset, file);
            while (snapshots.size() > 2) {
                snapshots.pollFirstEntry();
            }
            open.tables.forgetBefore(snapshots.firstKey());
            return sizes();
        }

        private void check(FeatureState state, OpenTables open, String where) throws IOException {
            MemoryTables memory = new MemoryTables();
            FeatureState expected = new FeatureState(config, memory);
            apply(expected, events, 0, (int) state.appliedOffset());
            assertArrayEquals(RowBytes.of(expected, memory), RowBytes.of(state, open.tables), where);
            assertEquals(expected.appliedOffset(), state.appliedOffset());
        }

        /** What of the store's files is on disk for sure. */
        private Map<String, Long> sizes() throws IOException {
            Map<String, Long> sizes = new HashMap<>();
            try (Stream<Path> files = Files.list(store)) {
                for (Path file : (Iterable<Path>) files::iterator) {
                    sizes.put(file.getFileName().toString(), Files.size(file));
                }
            }
            return sizes;
        }

        /** The store's directory as a crash now would leave it: what came last may be torn off anywhere. */
        private Path crash(Map<String, Long> confirmed) throws IOException {
            process++;
            Path after = Files.createDirectories(directory.resolve("store" + process));
            Path newest = null;
            try (Stream<Path> files = Files.list(store)) {
                for (Path file : (Iterable<Path>) files::iterator) {
                    String name = file.getFileName().toString();
                    if (!name.startsWith("lock")) {
                        Path copy = Files.copy(file, after.resolve(name));
                        boolean later = newest == null
                                || name.compareTo(newest.getFileName().toString()) > 0;
                        newest = name.endsWith(".log") && later ? copy : newest;
                    }
                }
            }
            if (newest != null) {
                long sure = confirmed.getOrDefault(newest.getFileName().toString(), 0L);
                long size = Files.size(newest);
                if (size > sure && sure > 0) {
                    try (FileChannel channel = FileChannel.open(newest, StandardOpenOption.WRITE)) {
                        channel.truncate(sure + random.nextLong(size - sure + 1));
                    }
                }
            }
            return after;
        }
    }
}
