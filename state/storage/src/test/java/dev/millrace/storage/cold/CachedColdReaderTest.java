package dev.millrace.storage.cold;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.millrace.runtime.Clock;
import dev.millrace.runtime.Deadline;
import dev.millrace.storage.cold.ColdStoreException.Reason;
import dev.millrace.testkit.ManualClock;
import dev.millrace.testkit.Seed;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

import java.lang.foreign.MemorySegment;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.concurrent.Callable;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;

/** Holds the reader to its word: right bytes or a value that says why not, in bounded time and memory. */
class CachedColdReaderTest {
    private static final ColdName NAME = new ColdName("table/a");
    private static final int BLOCK = 512;
    private static final Duration LONG = Duration.ofSeconds(30);

    private final Random random = Seed.random("CachedColdReaderTest");
    private final MemoryColdStore store = new MemoryColdStore();
    private final ManualClock clock = new ManualClock();
    private final List<CachedColdReader> opened = new ArrayList<>();

    @TempDir
    private Path scratch = Path.of("");

    @AfterEach
    void close() {
        opened.forEach(CachedColdReader::close);
    }

    @Test
    void read_anyRange_givesTheContent() {
        byte[] content = put(NAME, 20_000);
        CachedColdReader reader = reader(8 << 10, LONG);
        for (int round = 0; round < 500; round++) {
            int offset = random.nextInt(content.length + 1);
            int length = random.nextInt(Math.min(3 * BLOCK, content.length - offset) + 1);
            assertContent(content, reader, offset, length);
        }
        assertThrows(IndexOutOfBoundsException.class, () -> read(reader, NAME, content.length, 1));
        assertThrows(IndexOutOfBoundsException.class, () -> read(reader, NAME, -1, 1));
        assertThrows(
                IndexOutOfBoundsException.class,
                () -> reader.read(NAME, 0, 11, MemorySegment.ofArray(new byte[10]), Deadline.none()));
    }

    @Test
    void read_again_isServedFromTheCache() {
        byte[] content = put(NAME, 4 * BLOCK);
        CachedColdReader reader = reader(1 << 20, LONG);
        assertContent(content, reader, 100, 2 * BLOCK);
        int asked = store.reads();
        assertContent(content, reader, 100, 2 * BLOCK);
        assertEquals(asked, store.reads());
        ColdReport report = reader.report();
        assertEquals(3, report.misses());
        assertEquals(3, report.hits());
        assertEquals(4, report.fetches());
        assertEquals(3 * BLOCK, report.bytesFetched());
        assertEquals(4 * BLOCK, report.bytesServed());
        assertEquals(2, report.count(ColdRead.WHOLE));
        assertEquals(2, report.reads().count());
        assertEquals(0, report.degraded());
    }

    @Test
    void read_unknownObject_isAbsentAndNotAskedForAgainAtOnce() {
        CachedColdReader reader = reader(1 << 20, LONG);
        assertEquals(ColdRead.ABSENT, read(reader, NAME, 0, 10));
        assertEquals(ColdRead.ABSENT, read(reader, NAME, 0, 10));
        assertEquals(1, reader.report().fetches());
        byte[] content = put(NAME, 100);
        clock.advance(Duration.ofSeconds(6));
        assertContent(content, reader, 0, 100);
        assertEquals(2, reader.report().degraded());
    }

    @Test
    void read_storeThatHangs_isLateWithinItsBoundAndCachedWhenItComes() throws Exception {
        byte[] content = put(NAME, 4 * BLOCK);
        CachedColdReader reader = reader(1 << 20, Duration.ofMillis(20));
        assertContent(content, reader, 0, 10);
        CountDownLatch gate = new CountDownLatch(1);
        store.setHook((name, offset) -> awaitLatch(gate));
        long start = System.nanoTime();
        assertEquals(ColdRead.LATE, read(reader, NAME, BLOCK, 10));
        long waited = System.nanoTime() - start;
        assertTrue(waited >= 20_000_000 && waited < 10_000_000_000L, "waited " + waited + " ns");
        gate.countDown();
        CachedColdReader patient = reader;
        while (patient.report().bytesFetched() < 2 * BLOCK) {
            Thread.onSpinWait();
        }
        store.setHook((name, offset) -> {
            throw new ColdStoreException(Reason.UNAVAILABLE, "the store must not be asked again");
        });
        ColdRead second = ColdRead.LATE;
        while (second == ColdRead.LATE) {
            second = read(reader, NAME, BLOCK, 10);
        }
        assertEquals(ColdRead.WHOLE, second);
    }

    @Test
    void read_expiredDeadline_isLateUnlessItIsCached() {
        byte[] content = put(NAME, 2 * BLOCK);
        CachedColdReader reader = reader(1 << 20, LONG);
        assertContent(content, reader, 0, 10);
        CountDownLatch gate = new CountDownLatch(1);
        store.setHook((name, offset) -> awaitLatch(gate));
        Deadline passed = Deadline.after(Duration.ofNanos(-1));
        MemorySegment into = MemorySegment.ofArray(new byte[10]);
        assertEquals(ColdRead.LATE, reader.read(NAME, BLOCK, 10, into, passed));
        assertEquals(ColdRead.WHOLE, reader.read(NAME, 0, 10, into, passed));
        gate.countDown();
    }

    @Test
    void read_storeThatFails_isSoonNotAskedAnyMoreAndTriedLater() {
        byte[] content = put(NAME, 64 * BLOCK);
        CachedColdReader reader = reader(1 << 20, LONG);
        assertContent(content, reader, 0, 10);
        store.setHook((name, offset) -> {
            throw new ColdStoreException(Reason.UNAVAILABLE, "connection refused (injected)");
        });
        for (int block = 1; block < 50; block++) {
            ColdRead outcome = read(reader, NAME, (long) block * BLOCK, 10);
            assertTrue(outcome == ColdRead.FAILED || outcome == ColdRead.REFUSED, outcome::name);
        }
        ColdReport broken = reader.report();
        assertTrue(broken.refusing());
        assertEquals(1, broken.timesOpened());
        assertTrue(broken.fetches() < 12, () -> broken.fetches() + " fetches");
        assertTrue(broken.lastFailure().contains("injected"), broken.lastFailure());
        assertContent(content, reader, 0, 10);

        clock.advance(Duration.ofMillis(1_001));
        assertEquals(ColdRead.FAILED, read(reader, NAME, 50 * BLOCK, 10), "one fetch tries");
        assertEquals(ColdRead.REFUSED, read(reader, NAME, 50 * BLOCK, 10));
        clock.advance(Duration.ofMillis(1_001));
        assertEquals(ColdRead.REFUSED, read(reader, NAME, 50 * BLOCK, 10), "the pause has doubled");

        store.setHook((name, offset) -> {});
        clock.advance(Duration.ofMillis(1_001));
        assertContent(content, reader, 50 * BLOCK, 10);
        assertContent(content, reader, 51 * BLOCK, 10);
        assertFalse(reader.report().refusing());
    }

    @Test
    void read_storeThatIsSlow_isSoonNotWaitedFor() {
        byte[] content = put(NAME, 64 * BLOCK);
        CachedColdReader reader = reader(1 << 20, LONG);
        store.setHook((name, offset) -> clock.advance(Duration.ofMillis(600)));
        int whole = 0;
        for (int block = 0; block < 64; block++) {
            ColdRead outcome = read(reader, NAME, (long) block * BLOCK, 10);
            whole += outcome.isWhole() ? 1 : 0;
            assertTrue(outcome.isWhole() || outcome == ColdRead.REFUSED, outcome::name);
        }
        assertEquals(7, whole, "the footer and seven blocks are enough to know");
        assertTrue(content.length > 0 && reader.report().refusing());
        assertTrue(reader.report().fetchTimes().p50Nanos() >= 600_000_000L);
    }

    @Test
    void read_defectOfTheStore_isAFailureThatTheReportNames() {
        put(NAME, BLOCK);
        CachedColdReader reader = reader(1 << 20, LONG);
        store.setHook((name, offset) -> {
            throw new IllegalStateException("a defect (injected)");
        });
        assertEquals(ColdRead.FAILED, read(reader, NAME, 0, 10));
        assertTrue(reader.report().lastFailure().contains("a defect"));
        assertEquals(0, reader.report().bytesCached());
    }

    @Test
    void read_objectCutAnywhere_neverGivesOtherContent() {
        byte[] content = SealedContent.random(random, 3 * BLOCK + 100);
        byte[] sealed = SealedContent.sealedBytes(scratch, content, BLOCK);
        for (int length = 0; length < sealed.length; length++) {
            store.putRaw(NAME, Arrays.copyOf(sealed, length));
            assertEquals(ColdRead.DAMAGED, read(reader(1 << 20, LONG), NAME, 0, 10), "cut to " + length);
        }
    }

    @Test
    void read_anyBitFlipped_isFoundAndTheOtherBlocksStayReadable() {
        byte[] content = SealedContent.random(random, 2 * BLOCK + 50);
        byte[] sealed = SealedContent.sealedBytes(scratch, content, BLOCK);
        for (int bit = 0; bit < 8 * sealed.length; bit++) {
            byte[] flipped = sealed.clone();
            flipped[bit / 8] ^= (byte) (1 << bit % 8);
            store.putRaw(NAME, flipped);
            CachedColdReader reader = reader(1 << 20, LONG);
            for (int block = 0; block < 3; block++) {
                int length = Math.min(BLOCK, content.length - block * BLOCK);
                byte[] read = new byte[length];
                ColdRead outcome =
                        reader.read(NAME, (long) block * BLOCK, length, MemorySegment.ofArray(read), Deadline.none());
                boolean hit = bit / 8 >= content.length || bit / 8 / BLOCK == block;
                assertEquals(hit ? ColdRead.DAMAGED : ColdRead.WHOLE, outcome, "bit " + bit + ", block " + block);
                assertTrue(
                        hit || Arrays.equals(Arrays.copyOfRange(content, block * BLOCK, block * BLOCK + length), read));
            }
        }
    }

    @Test
    void read_blocksExchanged_isFound() {
        byte[] content = SealedContent.random(random, 2 * BLOCK);
        byte[] sealed = SealedContent.sealedBytes(scratch, content, BLOCK);
        byte[] exchanged = sealed.clone();
        System.arraycopy(sealed, 0, exchanged, BLOCK, BLOCK);
        store.putRaw(NAME, exchanged);
        assertEquals(ColdRead.DAMAGED, read(reader(1 << 20, LONG), NAME, BLOCK, BLOCK));
    }

    @Test
    void damagedBlocks_ofAStoredObject_areNamed() throws ColdStoreException {
        byte[] sealed = SealedContent.sealedBytes(scratch, SealedContent.random(random, 5 * BLOCK), BLOCK);
        sealed[BLOCK] ^= 1;
        sealed[3 * BLOCK + 5] ^= 64;
        store.putRaw(NAME, sealed);
        assertEquals(List.of(1, 3), SealedFile.damagedBlocks(store, NAME, Deadline.none()));
    }

    @Test
    void read_sameBlockByMany_isFetchedOnce() throws Exception {
        byte[] content = put(NAME, 4 * BLOCK);
        CachedColdReader reader = reader(1 << 20, LONG);
        CountDownLatch gate = new CountDownLatch(1);
        Map<Long, Integer> asked = new ConcurrentHashMap<>();
        store.setHook((name, offset) -> {
            asked.merge(offset, 1, Integer::sum);
            awaitLatch(gate);
        });
        try (ExecutorService threads = Executors.newVirtualThreadPerTaskExecutor()) {
            List<Future<ColdRead>> reads = new ArrayList<>();
            for (int i = 0; i < 100; i++) {
                reads.add(threads.submit(() -> read(reader, NAME, BLOCK + 3, 10)));
            }
            gate.countDown();
            for (Future<ColdRead> read : reads) {
                assertEquals(ColdRead.WHOLE, read.get(30, TimeUnit.SECONDS));
            }
        }
        assertEquals(2, asked.size(), "footer and block");
        asked.forEach((offset, count) -> assertEquals(1, count, "offset " + offset));
        assertTrue(content.length > 0);
    }

    @Test
    void read_byManyInASmallCache_isRightAndWithinTheBound() throws Exception {
        int capacity = 12 << 10;
        Map<ColdName, byte[]> contents = new ConcurrentHashMap<>();
        for (int i = 0; i < 5; i++) {
            ColdName name = new ColdName("object/" + i);
            contents.put(name, put(name, 20 * BLOCK + i));
        }
        CachedColdReader reader = reader(capacity, LONG);
        List<Callable<Integer>> readers = new ArrayList<>();
        for (int thread = 0; thread < 4; thread++) {
            long seed = random.nextLong();
            readers.add(() -> readAtRandom(reader, contents, new Random(seed), capacity));
        }
        int whole = 0;
        try (ExecutorService threads = Executors.newFixedThreadPool(readers.size())) {
            for (Future<Integer> reads : threads.invokeAll(readers)) {
                whole += reads.get();
            }
        }
        ColdReport report = reader.report();
        assertEquals(whole, report.count(ColdRead.WHOLE));
        assertTrue(whole > 1_000, "only " + whole + " of 8,000 reads were whole");
        assertTrue(report.hits() > 0 && report.misses() > 0);
        assertTrue(report.bytesCached() <= capacity);
    }

    @Test
    void prefetch_ofABatch_letsItsReadsWaitTogether() {
        byte[] content = put(NAME, 64 * BLOCK);
        CachedColdReader reader = reader(1 << 20, LONG);
        CountDownLatch all = new CountDownLatch(10);
        assertContent(content, reader, 0, 1);
        store.setHook((name, offset) -> {
            all.countDown();
            awaitLatch(all);
        });
        for (int block = 1; block <= 10; block++) {
            reader.prefetch(NAME, (long) block * BLOCK, 10);
        }
        for (int block = 1; block <= 10; block++) {
            assertContent(content, reader, block * BLOCK, 10);
        }
        assertEquals(12, reader.report().fetches());
        reader.prefetch(NAME, 1 << 30, 10);
        reader.prefetch(new ColdName("unknown"), 0, 10);
    }

    @Test
    void read_moreThanMayWait_isRefused() throws Exception {
        put(NAME, 64 * BLOCK);
        ColdReaderConfig config =
                new ColdReaderConfig(1 << 20, LONG, LONG, Duration.ofMillis(500), Duration.ofSeconds(5), 1, 2);
        CachedColdReader reader = open(config, clock);
        assertEquals(ColdRead.WHOLE, read(reader, NAME, 0, 1));
        CountDownLatch gate = new CountDownLatch(1);
        store.setHook((name, offset) -> awaitLatch(gate));
        for (int block = 1; block <= 3; block++) {
            reader.prefetch(NAME, (long) block * BLOCK, 1);
        }
        assertEquals(ColdRead.REFUSED, read(reader, NAME, 4 * BLOCK, 1));
        gate.countDown();
        assertEquals(ColdRead.WHOLE, read(reader, NAME, 3 * BLOCK, 1));
    }

    @Test
    void forget_deletedObject_isNotServedFromTheCache() {
        put(NAME, BLOCK);
        CachedColdReader reader = reader(1 << 20, LONG);
        assertEquals(ColdRead.WHOLE, read(reader, NAME, 0, 10));
        store.delete(NAME);
        reader.forget(NAME);
        assertEquals(0, reader.report().bytesCached());
        assertEquals(ColdRead.ABSENT, read(reader, NAME, 0, 10));
    }

    @Test
    void read_afterClose_isRefused() {
        put(NAME, BLOCK);
        CachedColdReader reader = reader(1 << 20, LONG);
        reader.close();
        assertEquals(ColdRead.REFUSED, read(reader, NAME, 0, 10));
    }

    private int readAtRandom(CachedColdReader reader, Map<ColdName, byte[]> contents, Random order, int capacity) {
        int whole = 0;
        for (int round = 0; round < 2_000; round++) {
            ColdName name = new ColdName("object/" + order.nextInt(contents.size()));
            byte[] content = contents.get(name);
            int offset = order.nextInt(content.length);
            int length = Math.min(order.nextInt(2 * BLOCK), content.length - offset);
            byte[] read = new byte[length];
            ColdRead outcome = reader.read(name, offset, length, MemorySegment.ofArray(read), Deadline.none());
            if (outcome.isWhole()) {
                whole++;
                assertArrayEquals(Arrays.copyOfRange(content, offset, offset + length), read);
            } else {
                assertEquals(ColdRead.REFUSED, outcome, "only a full cache may refuse");
            }
            long cached = reader.report().bytesCached();
            assertTrue(cached <= capacity, () -> cached + " bytes are cached");
        }
        return whole;
    }

    private byte[] put(ColdName name, int length) {
        byte[] content = SealedContent.random(random, length);
        store.putRaw(name, SealedContent.sealedBytes(scratch, content, BLOCK));
        return content;
    }

    /** A fetch never times out in these tests: the clock stands still unless it is told to move. */
    private CachedColdReader reader(long cacheBytes, Duration readTimeout) {
        return open(
                new ColdReaderConfig(
                        cacheBytes, readTimeout, LONG, Duration.ofMillis(500), Duration.ofSeconds(5), 16, 256),
                clock);
    }

    private CachedColdReader open(ColdReaderConfig config, Clock time) {
        CachedColdReader reader = new CachedColdReader(store, config, time);
        opened.add(reader);
        return reader;
    }

    private static ColdRead read(CachedColdReader reader, ColdName name, long offset, int length) {
        return reader.read(name, offset, length, MemorySegment.ofArray(new byte[length]), Deadline.none());
    }

    private static void assertContent(byte[] content, CachedColdReader reader, int offset, int length) {
        byte[] read = new byte[length];
        assertEquals(ColdRead.WHOLE, reader.read(NAME, offset, length, MemorySegment.ofArray(read), Deadline.none()));
        assertArrayEquals(Arrays.copyOfRange(content, offset, offset + length), read);
    }

    private static void awaitLatch(CountDownLatch latch) throws ColdStoreException {
        try {
            if (!latch.await(30, TimeUnit.SECONDS)) {
                throw new ColdStoreException(Reason.UNAVAILABLE, "the test's gate did not open");
            }
        } catch (InterruptedException e) {
            throw new ColdStoreException(Reason.UNAVAILABLE, "interrupted", e);
        }
    }
}
