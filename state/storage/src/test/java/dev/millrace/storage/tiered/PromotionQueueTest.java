package dev.millrace.storage.tiered;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertSame;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.millrace.kernels.RawMemory;
import dev.millrace.storage.segment.StoredRow;
import dev.millrace.testkit.Seed;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

import java.io.IOException;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;

/** Rows of many lengths and times, of two tables, up to what a portion holds. */
class PromotionQueueTest {
    private final Random random = Seed.random("PromotionQueueTest");
    private final PromotionQueue queue = new PromotionQueue();
    private final MemorySegment source = Arena.ofAuto().allocate(PromotionQueue.MOST_BYTES + 8L, Long.BYTES);
    private final List<Offered> offered = new ArrayList<>();

    @TempDir
    private Path directory;

    @SuppressWarnings("NullAway.Init") // opened before each test
    private TieredStore store;

    private record Offered(TieredTable table, long entry, long key, long place, int expiry, byte[] value) {}

    @BeforeEach
    void openStore() throws IOException {
        store = StoreFixture.open(
                directory, TableSpec.tiered("one", 64, 100, 40_000), TableSpec.tiered("other", 64, 100, 40_000));
    }

    @AfterEach
    void closeStore() throws IOException {
        store.close();
    }

    private boolean offer(int length) {
        byte[] value = new byte[length];
        random.nextBytes(value);
        Offered one = new Offered(
                store.table(random.nextBoolean() ? "one" : "other"),
                random.nextLong(),
                random.nextLong(),
                random.nextLong(),
                random.nextInt(),
                value);
        MemorySegment.copy(value, 0, source, ValueLayout.JAVA_BYTE, 0, length);
        StoredRow row = new StoredRow();
        row.key = one.key();
        row.place = one.place();
        row.expiry = one.expiry();
        row.length = length;
        row.address = source.address();
        boolean taken = queue.offer(one.table(), one.entry(), row);
        if (taken) {
            offered.add(one);
        }
        return taken;
    }

    private void requireAllOf(PromotionQueue.Portion portion) {
        assertEquals(offered.size(), portion.count());
        // One for all, as who takes them in has it: nothing of one row may stay for the next.
        StoredRow row = new StoredRow();
        for (int i = 0; i < portion.count(); i++) {
            Offered expected = offered.get(i);
            portion.moveTo(i, row);
            assertSame(expected.table(), portion.table(i));
            assertEquals(expected.entry(), portion.entry(i));
            assertEquals(expected.key(), row.key);
            assertEquals(expected.place(), row.place);
            assertEquals(expected.expiry(), row.expiry);
            assertEquals(expected.value().length, row.length);
            assertEquals(0, row.address % Long.BYTES, "a row begins where a long may");
            MemorySegment value = RawMemory.view(row.address, row.length);
            assertEquals(-1, value.mismatch(MemorySegment.ofArray(expected.value())), "row " + i);
        }
        offered.clear();
    }

    @Test
    void rowsOfManyLengths_upToTheMostRows_areWhatWasOffered() {
        for (int i = 0; i < PromotionQueue.MOST_ROWS; i++) {
            assertTrue(offer(random.nextInt(500)));
        }
        assertFalse(offer(1));
        requireAllOf(queue.take());
    }

    @Test
    void rowsOfManyLengths_upToTheMostBytes_areWhatWasOffered() {
        int room = PromotionQueue.MOST_BYTES;
        while (room > 50_000) {
            int length = 1 + random.nextInt(50_000);
            assertTrue(offer(length));
            room -= (length + 7) / 8 * 8;
        }
        assertFalse(offer(room + 1));
        assertTrue(offer(room));
        assertFalse(offer(1));
        assertTrue(offer(0), "it takes no room");
        requireAllOf(queue.take());
    }

    @Test
    void row_asLongAsAValueMayBe_hasRoomAlone() {
        assertFalse(offer(PromotionQueue.MOST_BYTES + 1));
        assertTrue(offer(PromotionQueue.MOST_BYTES));
        assertFalse(offer(1));
        requireAllOf(queue.take());
    }

    @Test
    void portions_takeTurns_andWhatWasTakenStaysUntilTheNext() {
        assertTrue(queue.isEmpty());
        for (int round = 0; round < 5; round++) {
            for (int i = 0; i <= round; i++) {
                assertTrue(offer(1 + random.nextInt(100)));
            }
            assertFalse(queue.isEmpty());
            List<Offered> before = List.copyOf(offered);
            PromotionQueue.Portion portion = queue.take();
            assertTrue(queue.isEmpty());
            assertTrue(offer(700));
            offered.clear();
            offered.addAll(before);
            requireAllOf(portion);
            assertEquals(1, queue.take().count());
        }
        assertEquals(0, queue.take().count());
    }
}
