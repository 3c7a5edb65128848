package dev.millrace.server.hold;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.millrace.features.Capture;
import dev.millrace.features.FeatureState;
import dev.millrace.features.FeaturesConfig;
import dev.millrace.features.UserProfile;
import dev.millrace.features.UserRow;
import dev.millrace.features.WholeSnapshot;
import dev.millrace.features.WholeSnapshotRequest;
import dev.millrace.index.TrendingConfig;
import dev.millrace.model.ErrorCode;
import dev.millrace.model.MillraceException;
import dev.millrace.model.UserId;
import dev.millrace.retrieval.LiveIndexes;
import dev.millrace.retrieval.RetrievalConfig;
import dev.millrace.runtime.Clock;
import dev.millrace.runtime.Configuration;
import dev.millrace.runtime.Metrics;
import dev.millrace.server.hold.SnapshotConfig.Learning;
import dev.millrace.server.hold.SnapshotConfig.Whole;
import dev.millrace.storage.SnapshotDirectory;
import dev.millrace.storage.SnapshotReader;
import dev.millrace.storage.personal.KeyConfig;
import dev.millrace.storage.personal.KeyTable;
import dev.millrace.storage.personal.PersonalCipher;
import dev.millrace.storage.tiered.StoreConfig;
import dev.millrace.storage.tiered.TableSpec;
import dev.millrace.storage.tiered.TieredStore;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

import java.io.ByteArrayOutputStream;
import java.io.DataOutputStream;
import java.io.IOException;
import java.lang.foreign.MemorySegment;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.FileTime;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.concurrent.CountDownLatch;
import java.util.stream.IntStream;
import java.util.stream.Stream;

/** What retention may delete, and what a start makes of a log that it has shortened. */
final class StateStoreTest {
    private static final RetrievalConfig SAVED = RetrievalConfig.defaults();
    private static final RetrievalConfig OTHER_HALF_LIFE = new RetrievalConfig(
            SAVED.topics(),
            SAVED.coVisitation(),
            new TrendingConfig(SAVED.trending().capacity(), Duration.ofDays(9)),
            SAVED.newItems());

    @TempDir
    private Path directory;

    private final ShortenedLog log = new ShortenedLog();
    private @Nullable StateTables tables;
    private @Nullable KeyTable keys;
    private int clicks;
    private boolean isShortened;
    private Learning learning = Learning.NONE;
    private long wholeEvents = 1_000;
    private final Room room = new Room();

    /** The volume of the snapshots, which says what the test wants. */
    private static final class Room implements WholeSnapshots.Volume {
        private long bytes = Long.MAX_VALUE;
        private int asked;
        private boolean fails;
        private final CountDownLatch isAsked = new CountDownLatch(1);
        private CountDownLatch answer = new CountDownLatch(0);

        @Override
        public long usableBytes(Path place) throws IOException {
            asked++;
            isAsked.countDown();
            try {
                answer.await();
            } catch (InterruptedException e) {
                throw new IOException(e);
            }
            if (fails) {
                throw new IOException("as too many rows that change would");
            }
            return bytes;
        }
    }

    @BeforeEach
    void fill() {
        log.append(ShortenedLog.item(0)).join();
        click(9);
    }

    @Test
    void restore_withoutSnapshot_protectsTheWholeLog() throws IOException {
        restore(SAVED);
        assertEquals(0, log.protectedFrom);
    }

    @Test
    void save_protectsFromTheOldestSnapshotThatIsKept() throws IOException {
        saveAt(10);
        assertEquals(10, log.protectedFrom);
        saveAt(20);
        assertEquals(10, log.protectedFrom, "the older one needs the events after it");
        saveAt(30);
        assertEquals(20, log.protectedFrom);
        log.protectedFrom = -1;
        restore(SAVED);
        assertEquals(20, log.protectedFrom, "a start protects before it is asked to save");
    }

    @Test
    void save_whereAnOlderSnapshotCannotBeRemoved_stillProtectsTheLog() throws IOException {
        // Looks like the oldest snapshot, and cannot be deleted since it is a directory with something in it.
        Files.createDirectories(
                new SnapshotDirectory(directory, "indexes").file(0).resolve("stuck"));
        saveAt(10);
        saveAt(20);
        assertEquals(10, log.protectedFrom);
        saveAt(30);
        assertEquals(20, log.protectedFrom);
    }

    @Test
    void restore_withAnotherHalfLife_makesTheIndexesFromTheWholeLog() throws IOException {
        saveAt(10);
        StateStore.Restored held = restore(OTHER_HALF_LIFE);
        assertEquals(10, held.state().appliedOffset());
        assertTrue(held.indexes().trending().standing(0) > 0);
    }

    @Test
    void restore_withAnotherHalfLifeAndAShortenedLog_keepsTheFeaturesAndBeginsTheIndexesAnew() throws IOException {
        saveAt(10);
        log.begin = 5;
        StateStore.Restored held = restore(OTHER_HALF_LIFE);
        assertEquals(10, held.state().appliedOffset());
        assertEquals(1, held.state().catalog().size());
        assertEquals(0, held.indexes().trending().standing(0));
        held.state().apply(10, ShortenedLog.click(clicks));
        assertTrue(held.indexes().trending().standing(0) > 0, "they follow from here on");
    }

    @Test
    void restore_withAShortenedLogAndNoSnapshot_isRefused() {
        log.begin = 5;
        MillraceException refused = assertThrows(MillraceException.class, () -> restore(SAVED));
        assertEquals(ErrorCode.STORAGE_FAILED, refused.code());
    }

    @Test
    void advance_whileEventsAreApplied_savesTheStateOfOneOffset() throws IOException {
        click(500);
        StateStore store = store();
        StateStore.Restored held = store.restore(FeaturesConfig.defaults(), SAVED);
        click(1);
        applyNext(held);
        long begun = held.state().appliedOffset();
        byte[] expected = content(held.state().capture());
        List<String> usersBefore = users(held.state());
        byte[] expectedIndexes = content(held.indexes().capture());
        int appliedMeanwhile = 0;
        while (goesOn(store, held)) {
            click(1);
            applyNext(held);
            appliedMeanwhile++;
        }
        assertTrue(appliedMeanwhile >= 2, "events were applied between the parts: " + appliedMeanwhile);
        assertEquals(begun + appliedMeanwhile, held.state().appliedOffset());
        FeatureState saved = FeatureState.restore(
                new SnapshotDirectory(directory, "features").file(begun),
                FeaturesConfig.defaults(),
                Objects.requireNonNull(tables).tables());
        assertEquals(begun, saved.appliedOffset());
        assertArrayEquals(expected, content(saved.capture()));
        assertEquals(usersBefore, users(saved));
        try (SnapshotReader reader = SnapshotReader.open(new SnapshotDirectory(directory, "indexes").file(begun))) {
            LiveIndexes indexes = LiveIndexes.restore(saved, SAVED, reader);
            assertArrayEquals(expectedIndexes, content(indexes.capture()));
        }
        byte[] last = content(held.state().capture());
        StateStore.Restored again = store().restore(FeaturesConfig.defaults(), SAVED);
        assertArrayEquals(last, content(again.state().capture()));
    }

    @Test
    void save_whileASnapshotIsUnderWay_savesTheNewestState() throws IOException {
        StateStore store = store();
        StateStore.Restored held = store.restore(FeaturesConfig.defaults(), SAVED);
        click(1);
        applyNext(held);
        assertTrue(goesOn(store, held), "one is under way");
        click(1);
        applyNext(held);
        store.save(held);
        assertEquals(
                List.of(new SnapshotDirectory(directory, "features")
                        .file(held.state().appliedOffset())),
                new SnapshotDirectory(directory, "features").newestFirst());
    }

    @Test
    void start_withAShortenedLogAndNoWholeSnapshot_makesOneAtOnce() throws IOException {
        learning = Learning.TRAININGS;
        saveAt(10);
        log.begin = 5;
        StateStore store = store();
        StateStore.Restored held = store.restore(FeaturesConfig.defaults(), SAVED);
        goOn(store, held);

        WholeSnapshot whole = wholes().getFirst();
        assertEquals(10, whole.offset());
        FeatureState learnt = whole.restore(FeaturesConfig.defaults());
        assertEquals(10, learnt.appliedOffset());
        assertArrayEquals(history(held.state()), history(learnt));
        assertEquals(1, history(learnt).length, "the user's clicks on one item");
        assertEquals(List.of(10L), offsets());
    }

    @Test
    void advance_withALogThatIsWhole_makesNoWholeSnapshot() throws IOException {
        StateStore store = store();
        StateStore.Restored held = store.restore(FeaturesConfig.defaults(), SAVED);
        click(10);
        apply(held);
        goOn(store, held);
        assertEquals(List.of(), offsets());
        assertFalse(new SnapshotDirectory(directory, "features").newestFirst().isEmpty(), "a snapshot was made");
    }

    @Test
    void advance_withRetention_keepsWholeSnapshotsNearTheLogsBeginningAndItsEnd() throws IOException {
        isShortened = true;
        learning = Learning.TRAININGS;
        StateStore store = store();
        StateStore.Restored held = store.restore(FeaturesConfig.defaults(), SAVED);
        for (int i = 0; i < 60; i++) {
            click(10);
            apply(held);
            // As retention does, which leaves two hundred events and what the oldest snapshot needs.
            log.begin = Math.max(log.begin, Math.min(log.protectedFrom, log.end() - 200));
            goOn(store, held);
            List<Long> offsets = offsets();
            long half = (log.end() - log.begin) / 2;
            assertTrue(offsets.size() <= 5, offsets::toString);
            assertTrue(offsets.getFirst() >= log.begin, offsets::toString);
            assertTrue(log.begin == 0 || offsets.getFirst() - log.begin <= half + 20, offsets + " of " + log.begin);
            assertTrue(log.end() - offsets.getLast() <= half + 20, offsets + " of " + log.end());
        }
        assertTrue(log.begin > 300, "nothing was removed");
    }

    @Test
    void advance_forTheLearnerAlone_keepsTheNewestWholeSnapshot_andMakesNoneOfAShortLog() throws IOException {
        learning = Learning.ONLINE;
        wholeEvents = 30;
        StateStore store = store();
        StateStore.Restored held = store.restore(FeaturesConfig.defaults(), SAVED);
        assertTrue(log.end() < wholeEvents);
        for (int i = 0; i < 8; i++) {
            goOn(store, held);
            int expected = log.end() < wholeEvents ? 0 : 1;
            assertEquals(expected, offsets().size(), "of " + log.end());
            click(10);
            apply(held);
        }
        assertTrue(log.end() - offsets().getFirst() <= wholeEvents + 10, offsets() + " of " + log.end());
    }

    /** Where nothing learns, copies of all rows are of no use. */
    @Test
    void advance_withRetentionAndNoWholeSnapshotsWanted_makesNoneAndRemovesThoseOfBefore() throws IOException {
        learning = Learning.TRAININGS;
        saveAt(10);
        log.begin = 5;
        StateStore before = store();
        goOn(before, before.restore(FeaturesConfig.defaults(), SAVED));
        assertEquals(List.of(10L), offsets());

        isShortened = true;
        learning = Learning.TRAININGS;
        wholeEvents = 0;
        StateStore store = store();
        StateStore.Restored held = store.restore(FeaturesConfig.defaults(), SAVED);
        click(10);
        apply(held);
        goOn(store, held);
        assertEquals(List.of(), offsets());
    }

    /** Copies of all rows cost disk and a pass over them: not for nobody. */
    @Test
    void advance_withAShortenedLogThatNothingLearnsFrom_makesNoWholeSnapshotUntilSomebodyAsks() throws IOException {
        isShortened = true;
        saveAt(10);
        log.begin = 5;
        StateStore store = store();
        StateStore.Restored held = store.restore(FeaturesConfig.defaults(), SAVED);
        click(10);
        apply(held);
        goOn(store, held);
        assertEquals(List.of(), offsets());

        // As a training by hand does, which finds none.
        new WholeSnapshotRequest(directory).place();
        goOn(store, held);
        assertEquals(List.of(20L), offsets());
    }

    @Test
    void advance_longAfterSomebodyLearntByHand_removesWhatNobodyReads() throws IOException {
        WholeSnapshotRequest request = new WholeSnapshotRequest(directory);
        request.place();
        saveAt(10);
        log.begin = 5;
        StateStore store = store();
        StateStore.Restored held = store.restore(FeaturesConfig.defaults(), SAVED);
        goOn(store, held);
        assertEquals(List.of(10L), offsets());

        Instant longAgo = Instant.now().minus(WholeSnapshotRequest.LASTS).minusSeconds(1);
        Files.setLastModifiedTime(directory.resolve("whole.wanted"), FileTime.from(longAgo));
        click(10);
        apply(held);
        goOn(store, held);
        assertEquals(List.of(), offsets());
    }

    @Test
    void advance_whileAWholeSnapshotCannotBeMade_waitsLongerAfterEachFailure() throws IOException {
        isShortened = true;
        learning = Learning.TRAININGS;
        StateStore store = store();
        StateStore.Restored held = store.restore(FeaturesConfig.defaults(), SAVED);
        Metrics metrics = Metrics.unpublished();
        store.register(metrics);
        List<Integer> tried = new ArrayList<>();
        for (int snapshot = 0; snapshot < 13; snapshot++) {
            room.fails = snapshot < 10;
            int before = room.asked;
            click(10);
            apply(held);
            goOn(store, held);
            if (room.asked > before) {
                tried.add(snapshot);
            }
            assertEquals(snapshot < 10 ? 1.0 : 0.0, trouble(metrics), "after snapshot " + snapshot);
        }
        assertEquals(List.of(0, 2, 5, 10), tried);
        assertEquals(1, offsets().size());
    }

    @Test
    void advance_onAVolumeWithTooLittleRoom_beginsNoWholeSnapshotUntilThereIsRoom() throws IOException {
        isShortened = true;
        learning = Learning.TRAININGS;
        StateStore store = store();
        StateStore.Restored held = store.restore(FeaturesConfig.defaults(), SAVED);
        Metrics metrics = Metrics.unpublished();
        store.register(metrics);
        click(10);
        apply(held);
        goOn(store, held);
        assertEquals(List.of(20L), offsets());
        long bytes = Files.size(wholes().getFirst().file());

        room.bytes = 2 * bytes - 1;
        click(20);
        apply(held);
        goOn(store, held);
        assertEquals(List.of(20L), offsets());
        assertEquals(1.0, trouble(metrics));

        room.bytes = 2 * bytes;
        click(20);
        apply(held);
        goOn(store, held);
        assertEquals(List.of(20L, 60L), offsets());
        assertEquals(0.0, trouble(metrics));
    }

    /** Before there is any, its size is that of the rows. */
    @Test
    void advance_onAVolumeWithTooLittleRoomForTheFirst_beginsNone() throws IOException {
        learning = Learning.ONLINE;
        wholeEvents = 1;
        room.bytes = 2 * 8 * (8 + 25);
        StateStore store = store();
        StateStore.Restored held = store.restore(FeaturesConfig.defaults(), SAVED);
        goOn(store, held);
        assertEquals(1, room.asked);
        assertEquals(List.of(), offsets());
    }

    /** Else the ingest thread wakes each millisecond for as long as a copy of all rows takes. */
    @Test
    void advance_whileAllThatWasReadIsWritten_asksForNothingSoon() throws Exception {
        learning = Learning.ONLINE;
        wholeEvents = 1;
        room.answer = new CountDownLatch(1);
        StateStore store = store();
        StateStore.Restored held = store.restore(FeaturesConfig.defaults(), SAVED);
        while (room.isAsked.getCount() > 0) {
            boolean ignored = store.advance(held);
        }
        boolean isMoreToRead = store.advance(held);
        boolean isUnderWay = store.isUnderWay();
        room.answer.countDown();
        assertTrue(isUnderWay, "it is being written");
        assertFalse(isMoreToRead);
        goOn(store, held);
        assertEquals(List.of(10L), offsets());
    }

    private static double trouble(Metrics metrics) {
        return metrics.registry()
                .get("millrace.snapshots.whole.trouble")
                .gauge()
                .value();
    }

    /** A process that ends does not make others wait for a copy of all rows. */
    @Test
    void start_afterACrashDuringAWholeSnapshot_removesWhatItLeft() throws IOException {
        Path brokenOff = Path.of(new SnapshotDirectory(directory, WholeSnapshot.KIND).file(7) + ".writing");
        Files.write(brokenOff, new byte[] {1});
        restore(SAVED);
        assertFalse(Files.exists(brokenOff));
    }

    @Test
    void save_atTheEnd_makesNoWholeSnapshot() throws IOException {
        isShortened = true;
        learning = Learning.TRAININGS;
        saveAt(10);
        assertEquals(List.of(), offsets());
    }

    private static void goOn(StateStore store, StateStore.Restored held) {
        while (goesOn(store, held)) {
            Thread.onSpinWait();
        }
    }

    private static boolean goesOn(StateStore store, StateStore.Restored held) {
        boolean isMoreToRead = store.advance(held);
        assertTrue(store.isUnderWay() || !isMoreToRead);
        return store.isUnderWay();
    }

    private void apply(StateStore.Restored held) {
        log.read(held.state().appliedOffset()).poll(held.state()::apply, 1_000);
    }

    private List<WholeSnapshot> wholes() throws IOException {
        return WholeSnapshot.in(directory, new PersonalCipher(Objects.requireNonNull(keys)));
    }

    private List<Long> offsets() throws IOException {
        return wholes().stream().map(WholeSnapshot::offset).toList();
    }

    private static int[] history(FeatureState state) {
        UserRow row = state.userRows().room();
        state.userRows().read(state.users().ordinal(new UserId("u")), row);
        int[] items = new int[row.historyCount()];
        row.history(items, new long[items.length], new byte[items.length]);
        return items;
    }

    private void applyNext(StateStore.Restored held) {
        log.read(held.state().appliedOffset()).poll(held.state()::apply, 1);
    }

    private static List<String> users(FeatureState state) {
        return IntStream.range(0, state.users().size())
                .mapToObj(user -> state.users().id(user) + " "
                        + state.userAttributes().read(user, new UserProfile()).attributes())
                .toList();
    }

    /** What of a capture is in the clear. */
    private static byte[] content(Capture capture) throws IOException {
        ByteArrayOutputStream bytes = new ByteArrayOutputStream();
        DataOutputStream out = new DataOutputStream(bytes);
        int begun = 0;
        String section = capture.write(out, 100);
        while (section != null) {
            if (section.equals("users")) {
                // Encrypted, and so never the same twice.
                byte[] before = Arrays.copyOf(bytes.toByteArray(), begun);
                bytes.reset();
                bytes.write(before);
            }
            begun = bytes.size();
            section = capture.write(out, 100);
        }
        capture.close();
        return bytes.toByteArray();
    }

    /** A process that starts, follows the log up to this offset and saves. */
    private void saveAt(long offset) throws IOException {
        StateStore store = store();
        StateStore.Restored held = store.restore(FeaturesConfig.defaults(), SAVED);
        click(Math.toIntExact(offset - log.end()));
        log.read(held.state().appliedOffset()).poll(held.state()::apply, 1_000);
        store.save(held);
    }

    @Test
    void storeWithUsersInTheClear_isMadeAnewWhereTheLogIsWhole() throws IOException {
        Path plain = directory.resolve("store");
        TableSpec users = TableSpec.values("users", 1_000, 1_000, 1 << 20);
        byte[] secret = "what somebody did".getBytes(StandardCharsets.US_ASCII);
        try (TieredStore store = TieredStore.open(plain, StoreConfig.defaults(), List.of(users))) {
            long position = store.values("users").put(0, MemorySegment.ofArray(secret), 0, secret.length);
            store.awaitDurable(position);
        }
        log.begin = 5;
        MillraceException refused = assertThrows(MillraceException.class, this::store);
        assertTrue(String.valueOf(refused.getMessage()).contains("in the clear"), refused::getMessage);
        log.begin = 0;
        assertEquals(10, restore(SAVED).state().appliedOffset());
        try (Stream<Path> files = Files.walk(plain)) {
            for (Path file : files.filter(Files::isRegularFile).toList()) {
                String bytes = new String(Files.readAllBytes(file), StandardCharsets.ISO_8859_1);
                assertFalse(bytes.contains("what somebody did"), file.toString());
            }
        }
    }

    @Test
    void storeWithADamagedIndex_opensAndIsHealedFromTheLog() throws IOException {
        saveAt(10);
        close();
        Path store = directory.resolve("store");
        int damaged = 0;
        try (Stream<Path> files = Files.list(store)) {
            for (Path file :
                    files.filter(path -> path.toString().endsWith(".idx")).toList()) {
                byte[] bytes = Files.readAllBytes(file);
                // Behind the first page, whose damage is seen at once.
                bytes[(4096 + bytes.length) / 2] ^= 1;
                Files.write(file, bytes);
                damaged++;
            }
        }
        assertTrue(damaged > 0, "there was no index to damage");
        StateStore.Restored held = restore(SAVED);
        assertEquals(10, held.state().appliedOffset());
        assertEquals(1, held.state().catalog().size());
    }

    @Test
    void storeOutOfTheWayOfAStartThatWasCutOff_isDeleted() throws IOException {
        Path left = Files.createDirectories(directory.resolve("store.damaged"));
        Files.writeString(left.resolve("log-0.log"), "what somebody did");
        restore(SAVED);
        assertFalse(Files.exists(left));
    }

    @Test
    void replay_whileATierIsLate_waitsForIt() throws IOException {
        log.latePolls = 3;
        assertEquals(10, restore(SAVED).state().appliedOffset());
        assertEquals(0, log.latePolls);
    }

    private StateStore.Restored restore(RetrievalConfig config) throws IOException {
        return store().restore(FeaturesConfig.defaults(), config);
    }

    /** A process begins, and the one before it has ended. */
    private StateStore store() throws IOException {
        close();
        keys = KeyConfig.from(Configuration.empty(), directory).open(Clock.system());
        tables = StateTables.open(
                directory.resolve("store"),
                StoreSettings.from(Configuration.of(Map.of("store.memory", "1m"))),
                log,
                keys);
        return new StateStore(
                directory,
                room,
                log,
                tables.tables(),
                new SnapshotConfig(1, Duration.ofHours(1), 2, new Whole(isShortened, learning, wholeEvents)),
                Duration.ZERO);
    }

    @AfterEach
    void close() throws IOException {
        if (tables != null) {
            tables.close();
        }
        if (keys != null) {
            keys.close();
        }
    }

    private void click(int count) {
        for (int i = 0; i < count; i++) {
            log.append(ShortenedLog.click(clicks++)).join();
        }
    }
}
