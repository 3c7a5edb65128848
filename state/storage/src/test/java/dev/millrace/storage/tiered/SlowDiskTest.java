package dev.millrace.storage.tiered;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTimeoutPreemptively;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.millrace.model.ErrorCode;
import dev.millrace.model.MillraceException;
import dev.millrace.storage.segment.StoreLogConfig;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;

/** A disk that answers late: writes wait for it within bounds, reads from memory and figures do not, and somebody is told. */
class SlowDiskTest {
    private static final int LONGS = 32;
    private static final int GROUP_BYTES = 64 << 10;
    private static final Duration LONG = Duration.ofSeconds(60);
    private static final Duration SHORT = Duration.ofMillis(300);
    private static final TableSpec ROWS = TableSpec.tiered("rows", LONGS * Long.BYTES, 100_000, 32 << 20);

    private final SlowDisk disk = new SlowDisk();

    @TempDir
    private Path directory;

    private TieredStore open(Duration stallLimit) throws IOException {
        return open(stallLimit, disk);
    }

    private TieredStore open(Duration stallLimit, SlowDisk disk) throws IOException {
        StoreLogConfig writing = new StoreLogConfig(16 << 20, GROUP_BYTES, Duration.ofMillis(1), stallLimit);
        StoreConfig config = StoreFixture.SMALL.withLog(writing).withCloseLimit(stallLimit);
        TieredStore.Surroundings around = new TieredStore.Surroundings(disk, () -> 1, false);
        return TieredStore.open(directory, config, List.of(ROWS), around);
    }

    @Test
    void writers_ofASlowDisk_areConfirmedTogetherWhenItAnswers() throws Exception {
        try (TieredStore store = open(LONG);
                ExecutorService writers = Executors.newVirtualThreadPerTaskExecutor()) {
            TieredTable rows = store.table("rows");
            put(rows, 0, 1);
            store.awaitDurable(store.position());
            disk.hold();
            put(rows, 0, 2);
            disk.awaitAsked();
            int syncs = disk.syncs.get();
            List<Future<?>> waiting = new ArrayList<>();
            for (int key = 1; key <= 100; key++) {
                put(rows, key, 1);
                long position = store.position();
                waiting.add(writers.submit(() -> store.awaitDurable(position)));
            }
            assertTrue(waiting.stream().noneMatch(Future::isDone), "nothing is acknowledged that is not on disk");
            assertTrue(store.writesOwed().isPositive());
            disk.release();
            for (Future<?> one : waiting) {
                one.get(60, TimeUnit.SECONDS);
            }
            assertTrue(disk.syncs.get() - syncs <= 3, () -> disk.syncs.get() - syncs + " syncs for 101 writes");
            assertEquals(Duration.ZERO, store.writesOwed());
        }
    }

    @Test
    void writes_beyondWhatMemoryHolds_waitAndGoOn_whileReadsAndFiguresDoNotWait() throws Exception {
        try (TieredStore store = open(LONG);
                ExecutorService writer = Executors.newSingleThreadExecutor()) {
            TieredTable rows = store.table("rows");
            put(rows, 0, 1);
            store.awaitDurable(store.position());
            disk.hold();
            Future<?> writing = writer.submit(() -> {
                for (int key = 1; key <= 2_000; key++) {
                    put(rows, key, 1);
                }
            });
            disk.awaitAsked();
            assertTimeoutPreemptively(LONG, () -> awaitTrouble(store), "told of after a second");
            assertFalse(writing.isDone());
            assertTrue(store.position() < 3L * GROUP_BYTES, "two groups are held in memory at most");
            assertTimeoutPreemptively(LONG, () -> {
                assertEquals(1, StoreFixture.version(rows, 0));
                assertTrue(store.stat().tables().getFirst().rows() >= 1);
                assertTrue(store.stat().trouble().contains("owes"), store.stat()::trouble);
            });
            disk.release();
            writing.get(60, TimeUnit.SECONDS);
            store.awaitDurable(store.position());
            assertEquals("", store.trouble());
            assertEquals(1, StoreFixture.version(rows, 2_000));
        }
    }

    @Test
    void write_thatWaitsBeyondTheLimit_failsAndIsThereWhenTheDiskIsBack() throws Exception {
        try (TieredStore store = open(SHORT)) {
            TieredTable rows = store.table("rows");
            disk.hold();
            put(rows, 7, 1);
            MillraceException late = assertThrows(MillraceException.class, () -> store.awaitDurable(store.position()));
            assertEquals(ErrorCode.STORAGE_FAILED, late.code());
            assertTrue(late.getMessage().contains("(slow)"), late.getMessage());
            disk.release();
            store.awaitDurable(store.position());
            assertEquals(1, StoreFixture.version(rows, 7));
        }
    }

    @Test
    void close_whileTheDiskDoesNotAnswer_endsWithinItsLimitAndLosesNothingAcknowledged() throws Exception {
        TieredStore store = open(SHORT);
        TieredTable rows = store.table("rows");
        for (int key = 0; key < 100; key++) {
            put(rows, key, 1);
        }
        store.awaitDurable(store.position());
        disk.hold();
        put(rows, 5, 2);
        disk.awaitAsked();
        assertTimeoutPreemptively(LONG, store::close);
        // What was on its way may still come to be written.
        MillraceException early = assertThrows(MillraceException.class, () -> StoreFixture.open(directory));
        assertEquals(ErrorCode.CONFLICT, early.code());
        disk.release();
        try (TieredStore again = assertTimeoutPreemptively(LONG, this::openWhenItIsFree)) {
            for (int key = 0; key < 100; key++) {
                int version = StoreFixture.version(again.table("rows"), key);
                assertTrue(version == 1 || (key == 5 && version == 2), "key " + key + " has version " + version);
            }
        }
    }

    /** What the log confirms, an index file may still wait for. */
    @Test
    void close_whileTheDiskDoesNotTakeTheCheckpoint_endsWithinItsLimitAndTheNextStartReadsTheLog() throws Exception {
        SlowDisk slow = new SlowDisk(".idx");
        TieredStore store = open(SHORT, slow);
        for (int key = 0; key < 100; key++) {
            put(store.table("rows"), key, 1);
        }
        store.awaitDurable(store.position());
        slow.hold();
        assertTimeoutPreemptively(Duration.ofSeconds(20), store::close);
        slow.awaitAsked();
        MillraceException early = assertThrows(MillraceException.class, () -> StoreFixture.open(directory));
        assertEquals(ErrorCode.CONFLICT, early.code());
        slow.release();
        try (TieredStore again = assertTimeoutPreemptively(LONG, this::openWhenItIsFree)) {
            for (int key = 0; key < 100; key++) {
                assertEquals(1, StoreFixture.version(again.table("rows"), key), "key " + key);
            }
        }
    }

    private TieredStore openWhenItIsFree() throws IOException {
        while (true) {
            try {
                return StoreFixture.open(directory);
            } catch (MillraceException e) {
                assertEquals(ErrorCode.CONFLICT, e.code(), e::getMessage);
                Thread.onSpinWait();
            }
        }
    }

    private static void awaitTrouble(TieredStore store) {
        while (store.trouble().isEmpty()) {
            Thread.onSpinWait();
        }
    }

    private static void put(TieredTable rows, int key, int version) {
        rows.put(key, StoreFixture.row(key, version, LONGS), 0);
    }
}
