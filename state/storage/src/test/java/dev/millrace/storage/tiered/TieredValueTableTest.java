package dev.millrace.storage.tiered;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.sun.management.ThreadMXBean;
import dev.millrace.model.ErrorCode;
import dev.millrace.model.MillraceException;
import dev.millrace.storage.ValueTable;
import dev.millrace.storage.ValueTableContract;
import dev.millrace.storage.disk.Disk;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.management.ManagementFactory;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.concurrent.atomic.AtomicInteger;

class TieredValueTableTest extends ValueTableContract {
    private static final int LARGEST = 4_000;

    private final List<TieredStore> opened = new ArrayList<>();

    @TempDir
    private Path directory;

    /** Room in memory for a few dozen values: most of what the contract does goes through the disk. */
    @Override
    protected ValueTable create(int maxValueBytes, long maxRows) {
        return open(TableSpec.values("values", maxValueBytes, maxRows, 70_000L + 20L * maxValueBytes));
    }

    private TieredValueTable open(TableSpec spec) {
        try {
            TieredStore store = StoreFixture.open(directory.resolve(String.valueOf(opened.size())), spec);
            opened.add(store);
            return store.values(spec.name());
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    @AfterEach
    void closeAll() throws IOException {
        for (TieredStore store : opened) {
            store.close();
        }
    }

    @Test
    void values_ofSizesThatChange_takeMemoryFromEachOtherAndStayInTheBudget() {
        long budget = 1 << 20;
        TieredValueTable table = open(TableSpec.values("values", LARGEST, 100_000, budget));
        Random random = new Random(1);
        int[] sizes = {20, 3_900, 500, 60, 2_000};
        for (int size : sizes) {
            for (int i = 0; i < 4_000 + 2_000_000 / size; i++) {
                put(table, random.nextInt(40_000), 1, size - random.nextInt(10));
            }
            TableStat stat = table.stat();
            long most = stat.memory().taken();
            assertTrue(most <= budget, () -> "budget " + budget + ", size " + size + ": " + stat);
            // The newest values, whatever their size, have most of the memory.
            long resident = stat.residentRows() * (size + 32L);
            assertTrue(resident > budget / 3, () -> "size " + size + ": " + stat);
        }
    }

    @Test
    void values_readOften_stayInMemoryWhateverTheirSize() {
        TieredValueTable table = open(TableSpec.values("values", LARGEST, 100_000, 1 << 20));
        Random random = new Random(2);
        for (int key = 0; key < 5_000; key++) {
            put(table, key, 1, 10 + (key * 37) % 2_000);
        }
        MemorySegment into = MemorySegment.ofArray(new byte[LARGEST]);
        for (int i = 0; i < 60_000; i++) {
            // Nine of ten reads ask for the same 200 values.
            int key = random.nextInt(10) > 0 ? random.nextInt(200) : random.nextInt(5_000);
            assertEquals(10 + (key * 37) % 2_000, table.get(key, into, 0));
        }
        TableStat.Reads reads = table.stat().reads();
        double hits = (double) reads.resident() / (reads.resident() + reads.fromDisk());
        assertTrue(hits > 0.85, () -> "only " + hits + " of reads were answered from memory: " + table.stat());
    }

    @Test
    void pinned_beyondItsBudget_isRefusedAndStaysWhole() {
        TableSpec spec = TableSpec.values("values", 1_000, 100_000, 100_000).withPlacement(Placement.PINNED);
        TieredValueTable table = open(spec);
        MillraceException refused = assertThrows(MillraceException.class, () -> {
            for (int key = 0; key < 1_000; key++) {
                put(table, key, 1, 500);
            }
        });
        assertEquals(ErrorCode.STORAGE_FAILED, refused.code());
        assertTrue(refused.getMessage().contains("budget of 100000 bytes"), refused.getMessage());
        long rows = table.size();
        assertTrue(rows > 120, "only " + rows + " values were taken");
        assertTrue(table.remove(3));
        put(table, 5_000, 1, 500);
        byte[] into = new byte[1_000];
        requireWhole(5_000, into, 0, table.get(5_000, MemorySegment.ofArray(into), 0));
        assertEquals(rows, table.size());
        assertEquals(0, table.stat().reads().fromDisk());
    }

    @Test
    void ttl_afterItsTime_valuesAreGone() throws IOException {
        AtomicInteger now = new AtomicInteger(1_000);
        TableSpec spec = TableSpec.values("values", 300, 1_000, 70_000).withTtl(Duration.ofSeconds(60));
        TieredStore store = TieredStore.open(
                directory, StoreFixture.SMALL, List.of(spec), new TieredStore.Surroundings(Disk.local(), now::get));
        opened.add(store);
        TieredValueTable table = store.values("values");
        for (int key = 0; key < 500; key++) {
            put(table, key, 1, 200);
        }
        MemorySegment into = MemorySegment.ofArray(new byte[300]);
        now.set(1_059);
        put(table, 7, 2, 100);
        assertEquals(200, table.get(499, into, 0));
        assertEquals(200, table.get(0, into, 0));
        now.set(1_060);
        assertEquals(ValueTable.NONE, table.get(499, into, 0));
        assertEquals(ValueTable.NONE, table.get(0, into, 0));
        assertEquals(100, table.get(7, into, 0));
    }

    @Test
    void batch_ofValuesInMemory_allocatesNothing() {
        TieredValueTable table = open(TableSpec.values("values", 1_000, 10_000, 16 << 20));
        for (int key = 0; key < 5_000; key++) {
            put(table, key, 1, key % 600);
        }
        long[] keys = new Random(4).longs(500, 0, 5_000).toArray();
        int[] lengths = new int[500];
        try (Arena arena = Arena.ofConfined()) {
            MemorySegment into = arena.allocate(500 * 1_000, 64);
            ThreadMXBean threads = (ThreadMXBean) ManagementFactory.getThreadMXBean();
            for (int i = 0; i < 10_000; i++) {
                long ignored = table.getBatch(keys, 500, into, 0, lengths);
            }
            long before = threads.getCurrentThreadAllocatedBytes();
            for (int i = 0; i < 1_000; i++) {
                long ignored = table.getBatch(keys, 500, into, 0, lengths);
            }
            long allocated = threads.getCurrentThreadAllocatedBytes() - before;
            assertTrue(allocated < 64_000, () -> allocated + " bytes in 1,000 batches");
            assertEquals(keys[3] % 600, lengths[3]);
        }
    }

    @Test
    void tables_ofBothKinds_areNotTakenForEachOther() throws IOException {
        TableSpec rows = TableSpec.pinned("rows", 64, 10);
        TieredValueTable table = open(TableSpec.values("values", 64, 10, 100_000));
        TieredStore store = opened.getFirst();
        assertEquals(
                ErrorCode.INVALID_REQUEST,
                assertThrows(MillraceException.class, () -> store.table("values"))
                        .code());
        assertEquals(
                ErrorCode.INVALID_REQUEST,
                assertThrows(MillraceException.class, () -> store.createValues(rows))
                        .code());
        TieredTable ignored = store.create(rows);
        assertEquals(
                ErrorCode.INVALID_REQUEST,
                assertThrows(MillraceException.class, () -> store.values("rows"))
                        .code());
        assertEquals(0, table.size());
    }

    @Test
    void open_withALowerLimitThanValuesMayHave_isRefused() throws IOException {
        put(open(TableSpec.values("values", 200, 10, 100_000)), 1, 1, 150);
        opened.removeFirst().close();
        Path store = directory.resolve("0");
        assertThrows(
                IllegalArgumentException.class,
                () -> StoreFixture.open(store, TableSpec.values("values", 100, 10, 100_000)));
        assertThrows(
                IllegalArgumentException.class, () -> StoreFixture.open(store, TableSpec.pinned("values", 200, 10)));
        try (TieredStore again = StoreFixture.open(store, TableSpec.values("values", 300, 10, 100_000))) {
            put(again.values("values"), 2, 1, 300);
            assertEquals(150, again.values("values").get(1, MemorySegment.ofArray(new byte[300]), 0));
        }
    }

    private static void put(ValueTable table, long key, int version, int length) {
        long ignored = table.put(key, MemorySegment.ofArray(bytes(key, version, length)), 0, length);
    }
}
