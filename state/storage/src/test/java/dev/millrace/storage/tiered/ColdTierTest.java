package dev.millrace.storage.tiered;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.millrace.model.ErrorCode;
import dev.millrace.model.MillraceException;
import dev.millrace.runtime.Clock;
import dev.millrace.runtime.Deadline;
import dev.millrace.storage.cipher.MasterKey;
import dev.millrace.storage.cold.ColdEntry;
import dev.millrace.storage.cold.ColdName;
import dev.millrace.storage.cold.ColdReaderConfig;
import dev.millrace.storage.cold.ColdStore;
import dev.millrace.storage.cold.ColdStoreException;
import dev.millrace.storage.cold.ColdStoreException.Reason;
import dev.millrace.storage.cold.MemoryColdStore;
import dev.millrace.storage.disk.Disk;
import dev.millrace.storage.personal.KeyTable;
import dev.millrace.storage.personal.SubjectId;
import dev.millrace.storage.segment.StoreLogConfig;
import dev.millrace.testkit.Seed;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

import java.io.IOException;
import java.lang.foreign.MemorySegment;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Arrays;
import java.util.Collections;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Random;
import java.util.Set;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;

/** Holds segments that left the disk to what is promised of them: nothing is lost, and nobody waits. */
class ColdTierTest {
    private static final int KEYS = 3_000;
    private static final TableSpec ROWS = TableSpec.tiered("rows", 256, 100_000, 20 * 300);
    /** Patient, so that a loaded machine does not degrade a read. */
    private static final ColdReaderConfig PATIENT = new ColdReaderConfig(
            64L << 20,
            Duration.ofSeconds(30),
            Duration.ofSeconds(30),
            Duration.ofSeconds(20),
            Duration.ofMillis(1),
            32,
            1_024);

    @TempDir
    private Path directory;

    private final MemoryColdStore cold = new MemoryColdStore();

    private Path store() {
        return directory.resolve("store");
    }

    private static StoreConfig config(ColdStore cold, ColdReaderConfig reader) {
        return StoreFixture.SMALL.withCold(
                ColdTierConfig.of(cold).withOlderThan(Duration.ZERO).withReader(reader));
    }

    private TieredStore open(TableSpec... specs) throws IOException {
        return TieredStore.open(store(), config(cold, PATIENT), List.of(specs));
    }

    @Test
    void segments_thatLeft_areReadFromTheColdTierAlsoAfterAStartThatListsNothing() throws IOException {
        try (TieredStore store = open(ROWS)) {
            fill(store);
            leave(store);
            requireRows(store.table("rows"));
            assertTrue(coldSegments(store) > 1, () -> store.stat().segments().toString());
            for (StoreStat.SegmentStat segment : store.stat().segments()) {
                assertEquals(segment.coldName().isEmpty(), Files.exists(store().resolve(segment.file())));
            }
            assertTrue(store.coldReport().orElseThrow().bytesFetched() > 0);
        }
        try (TieredStore store = TieredStore.open(store(), config(new Unlisted(cold), PATIENT), List.of())) {
            assertTrue(coldSegments(store) > 1);
            requireRows(store.table("rows"));
            store.table("rows").put(1, StoreFixture.row(1, 9, 32), 0);
            assertEquals(9, StoreFixture.version(store.table("rows"), 1));
        }
        assertTrue(StoreInspection.run(store(), cold).isWhole());
    }

    @Test
    void open_withoutTheColdStore_isRefusedAndSaysWhy() throws IOException {
        try (TieredStore store = open(ROWS)) {
            fill(store);
            leave(store);
        }
        MillraceException refused = assertThrows(MillraceException.class, () -> StoreFixture.open(store()));
        assertEquals(ErrorCode.INVALID_REQUEST, refused.code());
        assertTrue(refused.getMessage().contains("cold store"), refused.getMessage());
    }

    @Test
    void open_withAColdStoreThatLostItsObjects_isRefused() throws IOException {
        try (TieredStore store = open(ROWS)) {
            fill(store);
            leave(store);
        }
        StoreConfig empty = config(new MemoryColdStore(), PATIENT);
        MillraceException refused =
                assertThrows(MillraceException.class, () -> TieredStore.open(store(), empty, List.of()));
        assertEquals(ErrorCode.STORAGE_FAILED, refused.code());
        assertTrue(refused.getMessage().contains("is not there. Is it mounted"), refused.getMessage());
        try (TieredStore store = open()) {
            requireRows(store.table("rows"));
        }
    }

    @Test
    void reads_whileTheColdStoreFails_degradeAndComeBack() throws IOException {
        try (TieredStore store = open(ROWS)) {
            fill(store);
            leave(store);
        }
        try (TieredStore store = TieredStore.open(store(), config(cold, PATIENT), List.of())) {
            cold.setHook((name, offset) -> {
                throw new ColdStoreException(Reason.UNAVAILABLE, "out of order");
            });
            TieredTable rows = store.table("rows");
            MemorySegment row = MemorySegment.ofArray(new byte[256]);
            assertEquals(RowOutcome.DEGRADED, rows.read(1, row, 0));
            assertEquals(RowOutcome.ABSENT, rows.read(KEYS + 1, row, 0));
            assertFalse(rows.get(1, row, 0));
            assertTrue(rows.stat().reads().degraded() >= 2, () -> rows.stat().toString());
            cold.setHook((name, offset) -> {});
            long end = System.nanoTime() + TimeUnit.SECONDS.toNanos(20);
            while (rows.read(1, row, 0) == RowOutcome.DEGRADED && System.nanoTime() < end) {
                Thread.onSpinWait();
            }
            requireRows(rows);
        }
    }

    @Test
    void batch_whileTheColdStoreHangs_endsSoonWithDefaultRows() throws Exception {
        try (TieredStore store = open(ROWS)) {
            fill(store);
            leave(store);
        }
        CountDownLatch answer = new CountDownLatch(1);
        try (TieredStore store = TieredStore.open(store(), config(cold, ColdReaderConfig.defaults()), List.of())) {
            cold.setHook((name, offset) -> await(answer));
            long[] keys = new long[500];
            Arrays.setAll(keys, i -> 5 * i);
            boolean[] found = new boolean[500];
            MemorySegment rows = MemorySegment.ofArray(new byte[500 * 256]);
            long began = System.nanoTime();
            int hits = store.table("rows").getBatch(keys, 500, rows, 0, found);
            long millis = (System.nanoTime() - began) / 1_000_000;
            assertTrue(millis < 5_000, () -> millis + " ms for one batch");
            assertTrue(hits < 500, "some rows lie in the cold tier");
            assertTrue(store.table("rows").wasOutOfReach(), "the batch says that it lacks some for now");
            Arrays.setAll(keys, i -> KEYS + 1 + i);
            assertEquals(0, store.table("rows").getBatch(keys, 500, rows, 0, found));
            assertFalse(store.table("rows").wasOutOfReach(), "rows that nobody wrote are in nobody's reach");
            assertTrue(store.table("rows").stat().reads().degraded() > 0);
        } finally {
            answer.countDown();
        }
    }

    @Test
    void visit_whileTheColdStoreIsLate_leavesNoRowOut() throws IOException {
        try (TieredStore store = open(ROWS)) {
            fill(store);
            leave(store);
        }
        AtomicInteger failures = new AtomicInteger(3);
        try (TieredStore store = TieredStore.open(store(), config(cold, PATIENT), List.of())) {
            cold.setHook((name, offset) -> {
                if (failures.getAndDecrement() > 0) {
                    throw new ColdStoreException(Reason.UNAVAILABLE, "out of order");
                }
            });
            Set<Long> keys = new HashSet<>();
            store.table("rows")
                    .forEach((key, rows, offset) -> assertTrue(keys.add(key), () -> "key " + key + " twice"));
            assertEquals(KEYS, keys.size());
            assertTrue(store.table("rows").stat().reads().degraded() > 0);
        }
    }

    private static void await(CountDownLatch answer) {
        try {
            assertTrue(answer.await(60, TimeUnit.SECONDS));
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }

    @Test
    void open_withoutACheckpoint_bringsAllSegmentsBack() throws IOException {
        try (TieredStore store = open(ROWS)) {
            fill(store);
            leave(store);
            store.table("rows").put(7, StoreFixture.row(7, 5, 32), 0);
            assertTrue(store.table("rows").remove(8));
        }
        for (Path file : StoreFixture.files(store())) {
            String name = file.getFileName().toString();
            if (name.startsWith("checkpoint") || name.endsWith(".idx")) {
                Files.delete(file);
            }
        }
        assertThrows(MillraceException.class, () -> StoreFixture.open(store()));
        try (TieredStore store = open()) {
            TieredTable rows = store.table("rows");
            for (int key = 0; key < KEYS; key++) {
                int version = key == 7 ? 5 : key == 8 ? -1 : 1;
                assertEquals(version, StoreFixture.version(rows, key), "key " + key);
            }
        }
    }

    @Test
    void pack_ofWhatIsHardlyWanted_fetchesItAndTheObjectGoes() throws IOException {
        try (TieredStore store = open(ROWS)) {
            fill(store);
            leave(store);
            List<ColdName> before = names();
            assertTrue(before.size() > 1);
            for (int key = 0; key < KEYS; key++) {
                if (key % 10 != 0) {
                    store.table("rows").put(key, StoreFixture.row(key, 2, 32), 0);
                }
            }
            store.awaitDurable(store.position());
            int packed = store.pack();
            assertTrue(packed > 1, () -> packed + " segments");
            store.checkpoint();
            ColdTier tier = store.coldTier();
            assertTrue(tier != null);
            long end = System.nanoTime() + TimeUnit.SECONDS.toNanos(20);
            while (!Collections.disjoint(before, names()) && System.nanoTime() < end) {
                int ignored = tier.doWork();
            }
            assertTrue(Collections.disjoint(before, names()), () -> before + " before, now " + names());
            for (int key = 0; key < KEYS; key++) {
                assertEquals(key % 10 == 0 ? 1 : 2, StoreFixture.version(store.table("rows"), key), "key " + key);
            }
        }
    }

    @Test
    void store_endedAtEachCallToTheDisk_keepsWhatWasAcknowledged() throws IOException {
        Random seeds = Seed.random("ColdTierTest");
        long seed = seeds.nextLong();
        CrashingFiles counting = new CrashingFiles(Long.MAX_VALUE, new Random(seed));
        runToTheEnd(directory.resolve("counting"), Duration.ofMinutes(1), counting, new MemoryColdStore(), seed);
        long calls = counting.calls();
        assertTrue(calls > 50 && calls < 500, calls + " calls");
        for (long crashAt = 1; crashAt <= calls; crashAt++) {
            Path at = directory.resolve("crash" + crashAt);
            MemoryColdStore objects = new MemoryColdStore();
            CrashingFiles disk = new CrashingFiles(crashAt, new Random(seed + crashAt));
            Map<Integer, Set<Integer>> possible = runToTheEnd(at, Duration.ofMillis(300), disk, objects, seed);
            String where = "ended at call " + crashAt;
            try (TieredStore store = TieredStore.open(at, config(objects, PATIENT), List.of(ROWS))) {
                possible.forEach((key, versions) -> {
                    int version = StoreFixture.version(store.table("rows"), key);
                    assertTrue(versions.contains(version), where + ": key " + key + " has version " + version);
                });
            }
        }
    }

    /** @return what may be read of each key: what was acknowledged last, or anything tried since */
    private static Map<Integer, Set<Integer>> runToTheEnd(
            Path at, Duration stallLimit, CrashingFiles disk, MemoryColdStore objects, long seed) throws IOException {
        StoreConfig config =
                config(objects, PATIENT).withLog(new StoreLogConfig(64 << 10, 64 << 10, Duration.ZERO, stallLimit));
        Map<Integer, Set<Integer>> possible = new HashMap<>();
        Random random = new Random(seed);
        TieredStore store = null;
        try {
            store = TieredStore.open(at, config, List.of(ROWS), new TieredStore.Surroundings(disk, () -> 1_000));
            for (int step = 1; step <= 4; step++) {
                Map<Integer, Integer> newest = new HashMap<>();
                for (int i = 0; i < 150; i++) {
                    int key = random.nextInt(400);
                    int version = step * 1_000 + i;
                    newest.put(key, version);
                    possible.computeIfAbsent(key, k -> new HashSet<>(Set.of(-1)))
                            .add(version);
                    store.table("rows").put(key, StoreFixture.row(key, version, 32), 0);
                }
                store.awaitDurable(store.position());
                newest.forEach((key, version) -> possible.put(key, new HashSet<>(Set.of(version))));
                if (step % 2 == 0) {
                    int ignored = store.pack();
                    leave(store);
                }
            }
        } catch (MillraceException | IOException e) {
            assertTrue(disk.hasCrashed(), e.toString());
        } finally {
            if (store != null) {
                store.abandon();
            }
        }
        return possible;
    }

    @Test
    void rows_ofAPersonThatWasDropped_areUnreadableInTheColdTier() throws IOException {
        TableSpec notes = TableSpec.tiered("notes", 256, 10_000, 20 * 400).asPersonal();
        SubjectId anna = SubjectId.of("anna@example.com");
        byte[] secret = "what only Anna may know".getBytes(StandardCharsets.UTF_8);
        MemorySegment row = MemorySegment.ofArray(Arrays.copyOf(secret, 256));
        try (KeyTable keys = KeyTable.open(
                        directory.resolve("keys"), List.of(MasterKey.parse("53".repeat(32))), Clock.system());
                TieredStore store =
                        TieredStore.open(store(), config(cold, PATIENT).withKeys(keys), List.of(notes))) {
            TieredTable table = store.table("notes");
            for (int key = 0; key < 2_000; key++) {
                long ignored = table.putBatch(anna, new long[] {key}, 1, row, 0);
            }
            leave(store);
            MemorySegment read = MemorySegment.ofArray(new byte[256]);
            assertEquals(RowOutcome.FOUND, table.read(3, read, 0));
            assertEquals(-1, row.mismatch(read));
            assertTrue(keys.drop(anna).hadKey());
            for (int key = 0; key < 2_000; key++) {
                assertFalse(table.get(key, read, 0), "key " + key);
            }
            assertEquals(RowOutcome.ERASED, table.read(4, read, 0));
            assertTrue(cold.reads() > 0);
            String bytes = new String(cold.allBytes(), StandardCharsets.ISO_8859_1);
            assertTrue(bytes.length() > 100_000);
            assertFalse(bytes.contains("only Anna"));
        }
    }

    /** Index files and deltas name rows where they were before packing moved them: also those in the cold tier. */
    @Test
    void segments_packedSinceTheIndexFiles_stayInTheColdTierThroughIncrements() throws IOException {
        TieredStore store = openIdle();
        fill(store);
        store.checkpoint();
        work(store);
        assertTrue(store.increment());
        assertTrue(coldSegments(store) > 1, "an increment lets files leave");
        store.abandon();
        store = openIdle();
        requireRows(store.table("rows"));
        for (int key = 0; key < KEYS; key++) {
            if (key % 16 != 0) {
                store.table("rows").put(key, StoreFixture.row(key, 2, 32), 0);
            }
        }
        store.awaitDurable(store.position());
        assertTrue(store.pack() > 1);
        assertTrue(store.increment());
        work(store);
        store.abandon();
        for (int start = 0; start < 2; start++) {
            store = openIdle();
            for (int key = 0; key < KEYS; key++) {
                assertEquals(key % 16 == 0 ? 1 : 2, StoreFixture.version(store.table("rows"), key), "key " + key);
            }
            store.checkpoint();
            work(store);
            store.close();
        }
    }

    /** Nothing happens in it but what is asked for. */
    private TieredStore openIdle() throws IOException {
        return TieredStore.open(
                store(),
                config(cold, PATIENT),
                List.of(ROWS),
                new TieredStore.Surroundings(Disk.local(), () -> 1_000, false));
    }

    private ColdName putAndEnd() throws IOException {
        TieredStore store = openIdle();
        fill(store);
        store.checkpoint();
        assertEquals(1, Objects.requireNonNull(store.coldTier()).moveOne());
        store.abandon();
        return names().getFirst();
    }

    private static void work(TieredStore store) throws IOException {
        ColdTier tier = Objects.requireNonNull(store.coldTier());
        while (tier.doWork() > 0) {
            // More is to be done.
        }
    }

    @Test
    void object_putWhenTheStoreEndedAndItsSegmentPackedThen_goes() throws IOException {
        ColdName nameless = putAndEnd();
        try (TieredStore store = openIdle()) {
            for (int key = 0; key < KEYS; key++) {
                store.table("rows").put(key, StoreFixture.row(key, 2, 32), 0);
            }
            store.awaitDurable(store.position());
            assertTrue(store.pack() > 0);
            store.checkpoint();
            work(store);
            assertFalse(names().contains(nameless), () -> names().toString());
        }
    }

    @Test
    void object_putWhenTheStoreEnded_isPutAgainAndStays() throws IOException {
        ColdName nameless = putAndEnd();
        try (TieredStore store = openIdle()) {
            store.checkpoint();
            work(store);
            store.checkpoint();
            work(store);
            assertTrue(names().contains(nameless), () -> names().toString());
            requireRows(store.table("rows"));
        }
        try (TieredStore store = openIdle()) {
            work(store);
            requireRows(store.table("rows"));
        }
    }

    private List<ColdName> names() {
        return cold.list("").stream().map(ColdEntry::name).toList();
    }

    /** Several full segments. */
    private static void fill(TieredStore store) throws IOException {
        for (int key = 0; key < KEYS; key++) {
            store.table("rows").put(key, StoreFixture.row(key, 1, 32), 0);
        }
        store.awaitDurable(store.position());
    }

    /** All segments that may leave do. */
    private static void leave(TieredStore store) throws IOException {
        store.checkpoint();
        ColdTier tier = store.coldTier();
        assertTrue(tier != null);
        while (tier.moveOne() > 0) {
            // The next one.
        }
        store.checkpoint();
    }

    private static long coldSegments(TieredStore store) {
        return store.stat().segments().stream()
                .filter(segment -> !segment.coldName().isEmpty())
                .count();
    }

    private static void requireRows(TieredTable rows) {
        for (int key = 0; key < KEYS; key++) {
            assertEquals(1, StoreFixture.version(rows, key), "key " + key);
        }
    }

    /** A cold store that nobody may list. */
    private record Unlisted(ColdStore store) implements ColdStore {
        @Override
        public void put(ColdName name, Path file) throws ColdStoreException {
            store.put(name, file);
        }

        @Override
        public void read(ColdName name, long offset, int length, MemorySegment into, Deadline deadline)
                throws ColdStoreException {
            store.read(name, offset, length, into, deadline);
        }

        @Override
        public long size(ColdName name, Deadline deadline) throws ColdStoreException {
            return store.size(name, deadline);
        }

        @Override
        public List<ColdEntry> list(String prefix) {
            throw new AssertionError("the cold store was listed");
        }

        @Override
        public void delete(ColdName name) throws ColdStoreException {
            store.delete(name);
        }

        @Override
        public void close() {}
    }
}
